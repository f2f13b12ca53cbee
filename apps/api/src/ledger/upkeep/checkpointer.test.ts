import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import type { Store } from "../store.ts";
import { directWriter, openedOp } from "../testing/directWriter.ts";
import { query, type Scratch, scratch } from "../testing/scratchStore.ts";
import { createCheckpointer, WAL_LIMIT_BYTES } from "./checkpointer.ts";

const walBytes = (place: Scratch) => statSync(`${place.file}-wal`).size;
const long = "x".repeat(20_000);

describe("the write-ahead log", () => {
  it("LED4 grows while one query goes on, holds up commits for a moment now and then only, and is emptied afterwards", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const limit = 2 ** 20;
    const grown: number[] = [];
    const checkpointer = createCheckpointer(writer.database, { limitBytes: limit, onGrown: (bytes) => grown.push(bytes) });
    writer.write([openedOp("session_a"), openedOp("session_b")]);
    const reader = new Database(place.file, { readonly: true });
    const rows = reader.prepare("SELECT * FROM sessions").iterate();
    rows.next();
    const tries = vi.spyOn(writer.database, "pragma");
    const waits = () => tries.mock.calls.filter(([pragma]) => pragma === "wal_checkpoint(TRUNCATE)").length;
    const write = (at: number) => {
      writer.write(Array.from({ length: 20 }, (_, more) => openedOp(`session_${at}_${more}`, { client: long })));
      return checkpointer.afterCommit();
    };
    const startedMs = performance.now();
    for (let at = 0; at < 20; at += 1) expect(write(at)).toBe(false);
    expect(walBytes(place)).toBeGreaterThan(limit);
    expect(waits()).toBeGreaterThanOrEqual(1);
    expect(waits()).toBeLessThanOrEqual(1 + (performance.now() - startedMs) / 1_000);
    expect(grown).toEqual([expect.any(Number)]);
    expect(grown[0]).toBeGreaterThan(4 * limit);
    rows.return?.();
    reader.close();
    await expect.poll(() => write(Math.random()), { timeout: 40_000, interval: 100 }).toBe(true);
    expect(walBytes(place)).toBe(0);
    expect(writer.database.pragma("busy_timeout", { simple: true })).toBe(5_000);
  });

  it("LED4 is emptied again and again under sustained writes while queries overlap without a break", async () => {
    await using place = scratch();
    const store = await place.open();
    let running = true;
    const ask = async (work: () => Promise<unknown>) => {
      while (running) await work();
    };
    // Two questions wait for each reader at all times.
    const asking = [1, 2].flatMap(() => [
      ask(() => store.ends.stats(query({ text: "frozen" }))),
      ask(() => store.ends.get("session_0_0")),
    ]);
    let emptied = 0;
    let before = 0;
    for (let round = 0; emptied < 3; round += 1) {
      await endMany(store, round);
      const bytes = walBytes(place);
      if (bytes < before) emptied += 1;
      before = bytes;
    }
    running = false;
    await Promise.all(asking);
    expect(statSync(place.file).size).toBeGreaterThan(2 * WAL_LIMIT_BYTES);
  }, 180_000);

  it("LED4 is emptied while somebody takes all ends in batches and takes long over one", async () => {
    await using place = scratch();
    const store = await place.open();
    await endMany(store, 1_000, 300);
    const batches = store.ends.each(query())[Symbol.asyncIterator]();
    let taken = (await batches.next()).value.length;
    expect(taken).toBeLessThan(300);
    let longest = 0;
    for (let round = 0; round < 25; round += 1) {
      await endMany(store, round);
      longest = Math.max(longest, walBytes(place));
    }
    expect(statSync(place.file).size).toBeGreaterThan(2 * WAL_LIMIT_BYTES);
    expect(longest).toBeLessThan(2 * WAL_LIMIT_BYTES);
    for (let next = await batches.next(); !next.done; next = await batches.next()) taken += next.value.length;
    expect(taken).toBe(300);
  }, 180_000);

  it("LED4 is never looked at from the event loop that serves sockets: nothing it loads can open a database", () => {
    const databases = (file: string) =>
      modulesOf(join(import.meta.dirname, file), new Set()).filter((name) => /sqlite3|drizzle/.test(name));
    expect(databases("../openStore.ts")).toEqual([]);
    expect(databases("../write/writerWorker.ts")).toContain("better-sqlite3");
    expect(databases("../read/readerWorker.ts")).toContain("better-sqlite3");
  });
});

async function endMany(store: Store, round: number, count = 80): Promise<void> {
  const ids = Array.from({ length: count }, (_, at) => `session_${round}_${at}`);
  await Promise.all(ids.map((id) => store.ledger.opened(sampleOpened(id, { client: long }))));
  await Promise.all(ids.map((id) => store.ledger.ended(sampleEnded(id, { detail: `frozen ${id}` }))));
}

/** Names of everything a module imports to run, what its own modules import included. */
function modulesOf(file: string, seen: Set<string>): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = readFileSync(file, "utf8").matchAll(/^(?:import|\} from|export .* from)(?! type)\b.*?"([^"]+)";$/gm);
  return [...imports].flatMap(([, name = ""]) => (name.startsWith(".") ? modulesOf(join(dirname(file), name), seen) : [name]));
}
