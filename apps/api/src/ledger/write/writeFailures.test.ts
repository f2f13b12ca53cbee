import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { expectUnavailable } from "@lastbeat/core/testing/ledgerContract";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Store } from "../store.ts";
import { readEntries, readEvents, type Scratch, scratch } from "../testing/scratchStore.ts";

/** A file system of 2 MB, where the system lets us have one. */
function smallDisk(folder: string): Disposable | null {
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], { stdio: "ignore" });
    return { [Symbol.dispose]: () => void execFileSync("umount", ["-l", folder], { stdio: "ignore" }) };
  } catch {
    return null;
  }
}

const mayMount = (() => {
  const place = scratch();
  using disk = smallDisk(join(place.folder, "disk"));
  return disk !== null;
})();
if (!mayMount) process.stdout.write("SKIPPED: the test of a full disk needs the right to mount a file system\n");

const message = { id: "m1", room: "general", sessionId: "session_a", user: "Ada", userId: null, text: "hello", sentAtMs: 1 };

/** Opens sessions of some kilobytes each until the disk is full. Returns how many became durable. */
async function fillUp(store: Store): Promise<number> {
  for (let at = 0; at < 2_000; at += 1) {
    const opening = store.ledger.opened(sampleOpened(`session_fill_${at}`, { client: "x".repeat(4_000) }));
    const refused = await opening.then(
      () => false,
      () => true,
    );
    if (refused) return at;
  }
  throw new Error("the disk never became full");
}

async function healthyAgain(store: Store): Promise<void> {
  await expect.poll(() => store.ledger.health(), { timeout: 40_000, interval: 20 }).toEqual({ accepting: true });
}

function rows(place: Scratch) {
  return place.sql<{ sessions: number; ends: number }>(
    "SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM ends) AS ends",
  )[0];
}

describe("when the database cannot be written", () => {
  it.runIf(mayMount)("LED6 a full disk refuses openings, keeps ends and events, and recovers by itself", async () => {
    await using place = scratch();
    const folder = join(place.folder, "disk");
    using _disk = smallDisk(folder);
    const file = join(folder, "lastbeat.db");
    const store = await place.open({ file });
    await store.ledger.opened(sampleOpened("session_a"));
    const ballast = join(folder, "ballast");
    writeFileSync(ballast, Buffer.alloc(300_000));
    const filled = await fillUp(store);

    await expectUnavailable(store.ledger, "session_refused");
    expect(store.ledger.health()).toMatchObject({ cause: expect.stringContaining("the disk is full") });
    await expect(store.messages.append(message)).rejects.toMatchObject({ code: "unavailable" });
    let written = false;
    const ended = store.ledger.ended(sampleEnded("session_a", { detail: "y".repeat(20_000) })).then(() => {
      written = true;
    });
    store.ledger.event({ atMs: 7, sessionId: "session_a", event: { type: "idle_cleared" } });
    await expect.poll(() => store.queued(), { timeout: 40_000 }).toBeGreaterThan(0);
    expect(written).toBe(false);

    rmSync(ballast);
    await ended;
    await healthyAgain(store);
    await store.ledger.opened(sampleOpened("session_after"));
    await store.close();
    expect(rows({ ...place, sql: (text, ...values) => onFile(file, text, values) })).toEqual({ sessions: filled + 2, ends: 1 });
    expect(place.lines.some((line) => line.includes("the disk is full"))).toBe(true);
  });

  it("LED6 a database that another program keeps locked is waited for: nothing queued is lost", async () => {
    await using place = scratch();
    const store = await place.open();
    await store.ledger.opened(sampleOpened("session_a"));
    const other = new Database(place.file);
    other.exec("BEGIN IMMEDIATE");
    const ended = store.ledger.ended(sampleEnded("session_a"));
    await expect.poll(() => store.ledger.health().accepting, { timeout: 40_000, interval: 20 }).toBe(false);
    await expectUnavailable(store.ledger, "session_b");
    expect(store.ledger.health()).toMatchObject({ cause: expect.stringContaining("another program keeps the database locked") });
    store.ledger.event({ atMs: 7, sessionId: "session_a", event: { type: "idle_cleared" } });
    other.exec("ROLLBACK");
    other.close();
    await ended;
    await healthyAgain(store);
    await store.close();
    expect(readEntries(place).map((entry) => entry.ended?.reason)).toEqual(["unresponsive"]);
    expect(readEvents(place)).toHaveLength(1);
  });

  it("LED5 a full queue refuses openings and messages, and keeps every end", async () => {
    await using place = scratch();
    const store = await place.open({ queueLimit: 10 });
    const ids = Array.from({ length: 30 }, (_, at) => `session_${at}`);
    const results = await Promise.allSettled(ids.map((id) => store.ledger.opened(sampleOpened(id))));
    const opened = ids.filter((_, at) => results[at]?.status === "fulfilled");
    expect(opened).toEqual(ids.slice(0, 10));
    const ends = ids.map((id) => store.ledger.ended(sampleEnded(id)));
    expect(store.ledger.health()).toEqual({ accepting: false, cause: "10 records are waiting for the database" });
    await expect(store.messages.append(message)).rejects.toMatchObject({ code: "unavailable" });
    await Promise.all(ends);
    expect(store.ledger.health()).toEqual({ accepting: true });
    expect(rows(place)).toEqual({ sessions: 10, ends: 10 });
  });
});

function onFile<Row>(file: string, text: string, values: readonly unknown[]): Row[] {
  const database = new Database(file);
  try {
    return database.prepare<unknown[], Row>(text).all(...values);
  } finally {
    database.close();
  }
}
