import { globSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleOpened } from "@lastbeat/core/testing";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { DAY_MS } from "../durations.ts";
import { directWriter, type EndedSession } from "../testing/directWriter.ts";
import { readEvents, type Scratch, scratch } from "../testing/scratchStore.ts";
import { verifyLedger } from "./verify.ts";

const START_MS = 1_700_000_000_000;
const DEADLINE_MS = 50_000;

const ends = (place: Scratch) => place.sql<{ rows: number }>("SELECT count(*) AS rows FROM ends")[0]?.rows;

async function filled(place: Scratch, count: number): Promise<void> {
  const store = await place.open({ now: () => START_MS });
  await store.ledger.opened(sampleOpened("session_first", { openedAtMs: START_MS }));
  await store.close();
  using writer = await directWriter(place.file);
  const times = { detectedAtMs: START_MS, releasedAtMs: START_MS };
  writer.ended(new Map(Array.from({ length: count }, (_, at): [string, EndedSession] => [`session_${at}`, { ended: times }])));
  writer.database.exec(`UPDATE boots SET alive_at_ms = ${START_MS}`);
}

describe("a start whose clock is far ahead", () => {
  it("LED8 removes nothing on its word, says so, and waits for an operator's look", async () => {
    await using place = scratch();
    await filled(place, 8);
    const store = await place.open({ retentionDays: 90, now: () => START_MS + 100 * DAY_MS });
    await expect.poll(() => store.retention.state()?.jump, { timeout: DEADLINE_MS }).toMatchObject({ needsLook: true });
    expect(ends(place)).toBe(9);
    expect(place.lines.join("\n")).toContain(
      "The wall clock is ahead of the time the ledger knows by 100 days: retention removes nothing",
    );
    store.retention.looked("Olga");
    await expect.poll(() => store.retention.state()?.jump?.needsLook, { timeout: DEADLINE_MS }).toBe(false);
    expect(ends(place)).toBe(9);
    expect(readEvents(place).map(({ event }) => event)).toEqual([
      { type: "clock_jumped", aheadMs: expect.closeTo(100 * DAY_MS, -5) },
      { type: "clock_looked_at", operator: "Olga" },
    ]);
    await store.close();
  });

  it("LED8 is recognised at the next start too, although the ledger has rows of the wrong time by then", async () => {
    await using place = scratch();
    await filled(place, 8);
    for (let start = 0; start < 2; start += 1) {
      const store = await place.open({ retentionDays: 90, now: () => START_MS + 100 * DAY_MS });
      await store.ledger.opened(sampleOpened(`session_wrong${start}`, { openedAtMs: START_MS + 100 * DAY_MS }));
      await expect.poll(() => store.retention.state()?.jump, { timeout: DEADLINE_MS }).toMatchObject({ needsLook: true });
      await store.close();
    }
    expect(
      place.sql("SELECT session_id FROM ends JOIN sessions s ON s.id = session WHERE reason <> 'server_crashed'"),
    ).toHaveLength(8);
  });

  it("LED8 a start after less than a day goes on removing", async () => {
    await using place = scratch();
    await filled(place, 8);
    const store = await place.open({ retentionDays: 1, now: () => START_MS + 0.9 * DAY_MS });
    await expect.poll(() => store.retention.state(), { timeout: DEADLINE_MS }).toMatchObject({ jump: null });
    await store.close();
    const later = await place.open({ retentionDays: 1, now: () => START_MS + 1.8 * DAY_MS });
    await expect.poll(() => ends(place), { timeout: DEADLINE_MS }).toBeLessThan(9);
    await later.close();
  });
});

const [faketime] = globSync("/usr/lib/*/faketime/libfaketime.so.1");

/** A session that leaves at once. */
async function visit(ws: string): Promise<void> {
  const socket = new WebSocket(`${ws}/ws/new`);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => resolve());
    socket.once("open", () => socket.send(JSON.stringify({ type: "hello", name: "ada" })));
    socket.on("message", () => socket.send(JSON.stringify({ type: "goodbye" })));
  });
}

describe.skipIf(faketime === undefined)("a server whose wall clock jumps a hundred days ahead", () => {
  it("LED8 keeps its ledger, while it runs and at the next start, and verify finds nothing wrong", async () => {
    await using place = scratch();
    const clock = join(place.folder, "clock");
    writeFileSync(clock, "+0");
    const env = {
      LASTBEAT_LEDGER_FILE: place.file,
      LD_PRELOAD: faketime ?? "",
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    const jumped = /The wall clock is ahead of the time the ledger knows by 100 days: retention removes nothing on its word/;
    {
      await using server = await startScratchServer(env);
      for (let at = 0; at < 8; at += 1) await visit(server.ws);
      await expect.poll(() => ends(place), { timeout: DEADLINE_MS }).toBe(8);
      writeFileSync(clock, "+100d");
      await expect.poll(() => server.output(), { timeout: DEADLINE_MS, interval: 200 }).toMatch(jumped);
      expect(ends(place)).toBe(8);
      await server.stop();
    }
    await using again = await startScratchServer(env);
    await expect.poll(() => again.output(), { timeout: DEADLINE_MS, interval: 200 }).toMatch(jumped);
    expect(ends(place)).toBe(8);
    const database = new Database(place.file, { readonly: true });
    expect(verifyLedger(database)).toEqual([]);
    database.close();
  }, 180_000);
});
