import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { ServerProcess } from "@lastbeat/support/serverProcess";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lastbeat-start-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Guests, no limits and no proxy, on every address. */
const careless = {
  LASTBEAT_SERVER_HOST: "0.0.0.0",
  LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "0",
  LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "0",
};

test("RUN1 a server open to strangers is refused with one line per risk, before it touches anything", async () => {
  const files = { LASTBEAT_LEDGER_FILE: join(folder, "data/lastbeat.db"), LASTBEAT_LOG_FILE: join(folder, "logs/app.log") };
  const server = new ServerProcess({ ...careless, ...files, LASTBEAT_SERVER_PORT: "0" });
  expect(await server.exited).toEqual({ code: 1, signal: null });
  const lines = server.output.trimEnd().split("\n");
  expect(lines.map((line) => /, or accept this on 0\.0\.0\.0 with (\w+) in server\.accept_risks$/.exec(line)?.[1])).toEqual([
    "guests",
    "no_limits",
    "no_limits",
    "plain_http",
  ]);
  expect(lines[1]).toMatch(/^environment LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: /);
  expect(readdirSync(folder)).toEqual([]);
});

test("RUN1 it starts once every risk is accepted by its name", async () => {
  await using server = await startScratchServer({
    ...careless,
    LASTBEAT_SERVER_ACCEPT_RISKS: "guests,no_limits,plain_http",
  });
  expect((await fetch(`${server.http}/healthz`)).status).toBe(200);
});

test("RUN1 a limit that an operator has saved as 0 is pointed out at the next start", async () => {
  const place = { LASTBEAT_LEDGER_FILE: join(folder, "lastbeat.db"), LASTBEAT_LOG_FILE: join(folder, "app.log") };
  const env = { ...careless, ...place, LASTBEAT_SERVER_ACCEPT_RISKS: "guests,plain_http" };
  const limited = {
    LASTBEAT_WEBSOCKET_MAX_CONNECTIONS_PER_ADDRESS: "50",
    LASTBEAT_WEBSOCKET_CONNECTION_RATE_PER_ADDRESS: "50",
  };
  await using first = await startScratchServer({ ...env, ...limited });
  await first.stop();
  const database = new Database(place.LASTBEAT_LEDGER_FILE);
  database.exec(`INSERT INTO settings_revisions VALUES (1, 'eve', 1, '{}', '{"connectionRatePerAddress":0}')`);
  database.close();
  await using server = await startScratchServer({ ...env, ...limited });
  await eventually(() =>
    expect(server.output()).toContain("Saved by an operator: websocket.connection_rate_per_address: with 0"),
  );
  expect(server.output()).not.toContain("max_connections_per_address");
});
