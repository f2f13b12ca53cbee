/**
 * A real I/O error: the system itself refuses what the running server writes to its files. Their size is limited from outside, which
 * fails each write beyond with EFBIG, and SQLite reports it as it reports a broken disk.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import { eventually } from "@lastbeat/support/eventually";
import { type ScratchServer, startScratchServer } from "@lastbeat/support/scratchServer";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { TestClient } from "../../testing/testServer.ts";
import { verifyLedger } from "../upkeep/verify.ts";

const WAIT_MS = 40_000;

const mayLimit = spawnSync("prlimit", ["--version"]).status === 0;
if (!mayLimit) process.stdout.write("SKIPPED: the test of I/O errors needs the command prlimit (util-linux)\n");

function limitFileSize(server: ScratchServer, bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(server.pid), `--fsize=${bytes}:`]);
}

interface Live extends Disposable {
  readonly id: string;
  readonly client: TestClient;
  beats(): number;
}

/** A client with a session, which answers every heartbeat. */
async function live(server: ScratchServer, name: string): Promise<Live> {
  const client = await TestClient.connect(`${server.ws}/ws/new`);
  client.socket.on("message", (data) => {
    if (String(data) === '{"type":"heartbeat"}') client.send({ type: "pong" });
  });
  client.send({ type: "hello", name, room: "general" });
  const welcome = await client.frame("welcome");
  return {
    id: String(welcome.sessionId),
    client,
    beats: () => client.frames.filter(({ type }) => type === "heartbeat").length,
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

const readiness = async (server: ScratchServer) => {
  const response = await fetch(`${server.http}/readyz`);
  return [response.status, await response.json()];
};

async function refusal(server: ScratchServer): Promise<string> {
  using client = await TestClient.connect(`${server.ws}/ws/new`).catch(() => new TestClient(`${server.ws}/ws/new`));
  if (client.socket.readyState === client.socket.OPEN) client.send({ type: "hello", name: "Refused" });
  const { code } = await client.closed;
  return `${code} ${JSON.stringify(client.frames)}`;
}

describe("when the disk reports I/O errors", () => {
  it.runIf(mayLimit)(
    "LED6 live sessions go on, new ones are refused, /readyz says why, and all is well again by itself",
    async () => {
      const heartbeat = { LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL: "0.5", LASTBEAT_WEBSOCKET_HEARTBEAT_PONG_TIMEOUT: "0.4" };
      await using server = await startScratchServer({ ...heartbeat, LASTBEAT_WEBSOCKET_HEARTBEAT_MAX_FAILURES: "20" });
      using stays = await live(server, "Stays");
      using leaves = await live(server, "Leaves");
      expect(await readiness(server)).toEqual([200, { status: "ready" }]);

      limitFileSize(server, statSync(`${server.databaseFile}-wal`).size);
      const failing = [503, { status: "not ready", cause: "the disk reported an I/O error (SQLITE_IOERR_WRITE)" }];
      await eventually(async () => expect(await readiness(server)).toEqual(failing), { withinMs: WAIT_MS });
      expect(await refusal(server)).toContain("1013");
      stays.client.send({ type: "chat.send", id: randomUUID(), text: "hello", ref: 1 });
      expect(await stays.client.frame("error")).toMatchObject({ code: "unavailable", ref: 1 });
      leaves.client.send({ type: "goodbye" });
      expect(await leaves.client.closed).toMatchObject({ code: 1000 });
      const beats = stays.beats();
      await eventually(() => expect(stays.beats()).toBeGreaterThan(beats + 1), { withinMs: WAIT_MS });
      expect(await readiness(server)).toEqual(failing);

      limitFileSize(server, "unlimited");
      await eventually(async () => expect(await readiness(server)).toEqual([200, { status: "ready" }]), { withinMs: WAIT_MS });
      using comes = await live(server, "Comes");
      expect(stays.client.socket.readyState).toBe(stays.client.socket.OPEN);
      expect(await server.stop()).toBe(0);
      expect(endsOf(server)).toEqual(
        new Map([
          ["Stays", { session_id: stays.id, reason: "server_shutdown" }],
          ["Leaves", { session_id: leaves.id, reason: "client_left" }],
          ["Comes", { session_id: comes.id, reason: "server_shutdown" }],
        ]),
      );
      expect(server.output()).toContain("the database can be written again");
    },
  );
});

/** Every session in the file by its user, once the server has gone; the file must be sound. */
function endsOf({ databaseFile }: ScratchServer): Map<string, { session_id: string; reason: string }> {
  const database = new Database(databaseFile);
  try {
    expect(verifyLedger(database)).toEqual([]);
    const rows = database
      .prepare<[], { user: string; session_id: string; reason: string }>(
        "SELECT s.user, s.session_id, e.reason FROM sessions s LEFT JOIN ends e ON e.session = s.id",
      )
      .all();
    return new Map(rows.map(({ user, ...end }) => [user, end]));
  } finally {
    database.close();
  }
}
