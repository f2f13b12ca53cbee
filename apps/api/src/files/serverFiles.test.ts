/** What a server process writes, seen from outside. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@lastbeat/support/eventually";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
let before: number;
beforeEach(() => {
  before = process.umask(0o022);
  folder = mkdtempSync(join(tmpdir(), "lastbeat-files-"));
});
afterEach(() => {
  process.umask(before);
  rmSync(folder, { recursive: true });
});

function modes(): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true }).map(String).sort();
  return Object.fromEntries(paths.map((path) => [path, (statSync(join(folder, path)).mode & 0o777).toString(8)]));
}

const place = () => ({
  LASTBEAT_LEDGER_FILE: join(folder, "data/lastbeat.db"),
  LASTBEAT_LOG_FILE: join(folder, "logs/app.log"),
});

const written = {
  data: "700",
  "data/lastbeat.db": "600",
  "data/lastbeat.db-shm": "600",
  "data/lastbeat.db-wal": "600",
  "data/lastbeat.db.lock": "600",
  "data/operators.json": "600",
  logs: "700",
  "logs/app.log": "600",
};

test("FIL1 all that a server writes is its user's own, under a umask of 022", async () => {
  await using server = await startScratchServer(place());
  await fetch(`${server.http}/healthz`);
  expect(modes()).toMatchObject(written);
  expect(Object.values(modes()).filter((mode) => !["600", "700"].includes(mode))).toEqual([]);
  expect(server.output()).not.toContain("could be read by others");
});

test("FIL1 so are the files of an earlier version, and the log says so", async () => {
  for (const name of ["data", "logs"]) mkdirSync(join(folder, name), { mode: 0o755 });
  for (const name of ["logs/app.log", "logs/app.log.1", "data/operators.json"]) writeFileSync(join(folder, name), "{}");
  {
    await using server = await startScratchServer(place());
    await server.stop();
  }
  chmodSync(join(folder, "data/lastbeat.db"), 0o644);
  await using server = await startScratchServer(place());
  expect(modes()).toMatchObject({ ...written, "logs/app.log.1": "600" });
  await eventually(() => expect(server.output()).toContain("data/lastbeat.db could be read by others: its mode was 0644"));
});
