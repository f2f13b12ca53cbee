import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import type Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import { createEndPages } from "../read/endPages.ts";
import { type DirectWriter, directWriter, type EndedSession, endedOps, eventOp, openedOp } from "../testing/directWriter.ts";
import { query, type Scratch, scratch } from "../testing/scratchStore.ts";
import type { WriteOp } from "../workerMessages.ts";
import { createRetention } from "./retention.ts";

const nowMs = 1_700_000_000_000;

/** Sessions that ended so many days ago, a minute apart. */
function endedDaysAgo(days: number, ids: readonly string[]): Map<string, EndedSession> {
  const sessions = ids.map((id, at): [string, EndedSession] => {
    const detectedAtMs = nowMs - days * DAY_MS + at * 60_000;
    const opened = { openedAtMs: detectedAtMs - HOUR_MS };
    return [id, { opened, ended: { detectedAtMs, releasedAtMs: detectedAtMs, detail: `frozen ${id}` } }];
  });
  return new Map(sessions);
}

const named = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `session_${prefix}${at}`);

function all<Row>(database: Database.Database, sql: string, ...values: unknown[]): Row[] {
  return database.prepare<unknown[], Row>(sql).all(...values);
}

const count = (database: Database.Database, from: string) =>
  all<{ rows: number }>(database, `SELECT count(*) AS rows FROM ${from}`)[0]?.rows;

const rollup = (database: Database.Database) =>
  all(database, "SELECT * FROM rollup ORDER BY hour_at_ms, tier, reason, initiator, detection_up_to_ms");

function runAll(database: Database.Database, days: number): number {
  const retention = createRetention(database, days);
  let steps = 1;
  while (retention.step(nowMs)) steps += 1;
  return steps;
}

describe("retention", () => {
  let place: Scratch;
  let writer: DirectWriter;

  beforeEach(async () => {
    place = scratch();
    writer = await directWriter(place.file);
  });

  afterEach(async () => {
    writer[Symbol.dispose]();
    await place[Symbol.asyncDispose]();
  });

  it("LED8 removes what ended before the limit, to the millisecond, and nothing after it", () => {
    const at = (detectedAtMs: number): EndedSession => ({ ended: { detectedAtMs } });
    const sessions = new Map([
      ["session_before", at(nowMs - 30 * DAY_MS - 1)],
      ["session_at", at(nowMs - 30 * DAY_MS)],
      ["session_after", at(nowMs - 1)],
    ]);
    writer.ended(sessions);
    runAll(writer.database, 30);
    const left = all(writer.database, "SELECT session_id FROM ended_sessions ORDER BY end_id");
    expect(left).toEqual([{ session_id: "session_at" }, { session_id: "session_after" }]);
    expect(all(writer.database, "SELECT kept_from_ms FROM retention")).toEqual([{ kept_from_ms: nowMs - 30 * DAY_MS }]);
  });

  it("LED8 removes no more than 200 sessions in one go, the oldest first, and says whether there may be more", () => {
    writer.ended(endedDaysAgo(40, named("a", 450)));
    const retention = createRetention(writer.database, 30);
    const steps = [retention.step(nowMs), count(writer.database, "ends"), count(writer.database, "sessions")];
    expect(steps).toEqual([true, 250, 250]);
    expect(all(writer.database, "SELECT session_id FROM ended_sessions ORDER BY end_id LIMIT 1")).toEqual([
      { session_id: "session_a200" },
    ]);
    expect([retention.step(nowMs), retention.step(nowMs), retention.step(nowMs)]).toEqual([true, false, false]);
    expect(count(writer.database, "sessions")).toBe(0);
  });

  it("LED8 removes the words and the events of a session with it, and the server's own events by their age", () => {
    writer.ended(endedDaysAgo(40, ["session_old"]));
    writer.ended(endedDaysAgo(2, ["session_new"]));
    const idle = { type: "idle_cleared" } as const;
    const stopped = { type: "stopped" } as const;
    writer.write([
      eventOp({ atMs: nowMs - 40 * DAY_MS, sessionId: "session_old", event: idle }),
      eventOp({ atMs: nowMs - 40 * DAY_MS, sessionId: "session_new", event: idle }),
      eventOp({ atMs: nowMs - 40 * DAY_MS, sessionId: null, event: stopped }),
      eventOp({ atMs: nowMs - 2 * DAY_MS, sessionId: null, event: stopped }),
    ]);
    const found = () => createEndPages(writer.database).page(query({ text: "frozen" })).total;
    expect(found()).toBe(2);
    runAll(writer.database, 30);
    expect(found()).toBe(1);
    expect(count(writer.database, "ends_words")).toBe(1);
    expect(all(writer.database, "SELECT at_ms, session_id, type FROM events ORDER BY seq")).toEqual([
      { at_ms: nowMs - 40 * DAY_MS, session_id: "session_new", type: "idle_cleared" },
      { at_ms: nowMs - 2 * DAY_MS, session_id: null, type: "stopped" },
    ]);
  });

  it("LED8 removes old events of the server in batches too, when there are no sessions to remove", () => {
    const stopped = { type: "stopped" } as const;
    writer.write(
      Array.from({ length: 450 }, (_, at) => eventOp({ atMs: nowMs - 40 * DAY_MS + at, sessionId: null, event: stopped })),
    );
    expect(runAll(writer.database, 30)).toBe(3);
    expect(count(writer.database, "events")).toBe(0);
  });

  it("LED8 keeps an event of the server that happened right at the limit, and removes the one before it", () => {
    const stopped = { type: "stopped" } as const;
    const limitMs = nowMs - 30 * DAY_MS;
    writer.write([-1, 0].map((at) => eventOp({ atMs: limitMs + at, sessionId: null, event: stopped })));
    runAll(writer.database, 30);
    expect(all(writer.database, "SELECT at_ms FROM events")).toEqual([{ at_ms: limitMs }]);
  });

  it("LED8 the moment from which everything is kept never goes back, though the clock does", () => {
    writer.ended(endedDaysAgo(60, ["session_a"]));
    const retention = createRetention(writer.database, 30);
    retention.step(nowMs);
    writer.ended(endedDaysAgo(60, ["session_b"]));
    retention.step(nowMs - 5 * DAY_MS);
    expect(count(writer.database, "ends")).toBe(0);
    expect(all(writer.database, "SELECT kept_from_ms FROM retention")).toEqual([{ kept_from_ms: nowMs - 30 * DAY_MS }]);
  });

  it("LED8 removes chat messages at the same age in batches, whatever the order they were stored in, and keeps the others", () => {
    const message = (id: string, sentAtMs: number): WriteOp => [
      "message",
      JSON.stringify({ id, room: "general", sessionId: "session_a", user: "Ada", text: "hello", sentAtMs }),
    ];
    const old = Array.from({ length: 450 }, (_, at) => message(`old${at}`, nowMs - 40 * DAY_MS + at));
    writer.write([message("now", nowMs), ...old, message("at", nowMs - 30 * DAY_MS)]);
    expect(runAll(writer.database, 30)).toBe(3);
    expect(all(writer.database, "SELECT id FROM messages ORDER BY id")).toEqual([{ id: "at" }, { id: "now" }]);
  });

  it("LED8 never removes a session that is open, however old, nor its events", () => {
    writer.write([
      openedOp("session_open", { openedAtMs: nowMs - 4_000 * DAY_MS }),
      eventOp({ atMs: nowMs - 4_000 * DAY_MS, sessionId: "session_open", event: { type: "idle_cleared" } }),
    ]);
    writer.ended(endedDaysAgo(40, named("a", 250)));
    runAll(writer.database, 1);
    expect(all(writer.database, "SELECT session_id FROM open_sessions")).toEqual([{ session_id: "session_open" }]);
    expect(all(writer.database, "SELECT session_id FROM events")).toEqual([{ session_id: "session_open" }]);
    expect(count(writer.database, "ends")).toBe(0);
  });

  it("LED8 keeps the counts of what it removed in the roll-up", () => {
    writer.ended(endedDaysAgo(40, named("a", 450)));
    writer.ended(endedDaysAgo(2, named("b", 30)));
    const before = rollup(writer.database);
    runAll(writer.database, 30);
    expect(rollup(writer.database)).toEqual(before);
    expect(all(writer.database, "SELECT sum(count) AS ends FROM rollup")).toEqual([{ ends: 480 }]);
    expect(count(writer.database, "ends")).toBe(30);
  });

  it("LED8 keeps everything when the limit is 0 days", () => {
    writer.ended(endedDaysAgo(4_000, named("a", 3)));
    expect(createRetention(writer.database, 0).step(nowMs)).toBe(false);
    expect(count(writer.database, "ends")).toBe(3);
  });

  it("LED8 a batch that fails half-way removes nothing at all", () => {
    writer.ended(endedDaysAgo(40, named("a", 3)));
    writer.database.exec(`CREATE TEMP TRIGGER jam BEFORE DELETE ON main.sessions WHEN OLD.session_id = 'session_a2'
                          BEGIN SELECT RAISE(FAIL, 'jammed'); END`);
    expect(() => createRetention(writer.database, 30).step(nowMs)).toThrow("jammed");
    expect([count(writer.database, "ends"), count(writer.database, "ends_words")]).toEqual([3, 3]);
    expect(all(writer.database, "SELECT kept_from_ms FROM retention")).toEqual([{ kept_from_ms: 0 }]);
  });
});

describe("the roll-up", () => {
  it("LED8 is written in the transaction of the ends: a group that fails leaves neither, and is counted once when tried again", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const ops = named("a", 50).flatMap((id) => endedOps(id));
    writer.failNext(new Error("the disk reported an I/O error"));
    expect(() => writer.write(ops)).toThrow("I/O error");
    for (const table of ["sessions", "ends", "ends_words", "rollup"]) expect(count(writer.database, table), table).toBe(0);
    writer.write(ops);
    expect(all(writer.database, "SELECT tier, reason, count FROM rollup")).toEqual([
      { tier: "heartbeat", reason: "unresponsive", count: 50 },
    ]);
  });

  it("LED8 counts nothing of a group that found the disk full", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const limit = Number(writer.database.pragma("page_count", { simple: true })) + 4;
    writer.database.pragma(`max_page_count = ${limit}`);
    const ops = named("a", 500).flatMap((id) => endedOps(id, { ended: { detail: "x".repeat(200) } }));
    expect(() => writer.write(ops)).toThrow(/full/);
    expect([count(writer.database, "ends"), count(writer.database, "rollup")]).toEqual([0, 0]);
    writer.database.pragma("max_page_count = 1073741823");
    writer.write(ops);
    expect(all(writer.database, "SELECT sum(count) AS ends FROM rollup")).toEqual([{ ends: 500 }]);
  });

  it("LED8 counts an end once, however often it is reported", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.write([...endedOps("session_a"), ["ended", JSON.stringify(sampleEnded("session_a", { reason: "idle" }))]]);
    writer.write([["ended", JSON.stringify(sampleEnded("session_a"))]]);
    expect(all(writer.database, "SELECT reason, count FROM rollup")).toEqual([{ reason: "unresponsive", count: 1 }]);
  });
});

describe("a store with a retention", () => {
  it("LED8 removes old sessions by itself while it runs, and goes on until all are gone", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    writer.ended(endedDaysAgo(40, named("old", 450)));
    writer.ended(endedDaysAgo(2, named("new", 3)));
    writer[Symbol.dispose]();
    const store = await place.open({ retentionDays: 30, now: () => nowMs });
    await store.ledger.opened(sampleOpened("session_now", { openedAtMs: nowMs }));
    const left = async () => (await store.ends.page(query())).total;
    await expect.poll(left, { timeout: 40_000, interval: 50 }).toBe(3);
    expect((await store.ends.stats(query())).total).toBe(453);
    expect(await store.ends.get("session_old0")).toBeNull();
    expect(place.sql("SELECT session_id FROM open_sessions")).toEqual([{ session_id: "session_now" }]);
    await store.close();
  });
});
