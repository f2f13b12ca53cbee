import type { Ledger } from "@lastbeat/core";
import { sampleEnded, sampleOpened } from "@lastbeat/core/testing";
import { eventually } from "@lastbeat/support/eventually";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { TimelineEntry } from "../../contract/views.ts";
import { startTestServer } from "../../testing/testServer.ts";
import type { EndStore } from "../store.ts";
import { scratch } from "../testing/scratchStore.ts";
import { verifyLedger } from "../upkeep/verify.ts";
import { EVENTS_KEPT, EVENTS_MOST } from "../write/eventWriter.ts";

const OPENED_MS = 1_700_000_000_000;

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** A session with this many take-overs, 1 s apart, a pause of the server among them, and another session's events. */
async function takenOver(ledger: Ledger, times: number): Promise<void> {
  await ledger.opened(sampleOpened("session_a", { openedAtMs: OPENED_MS }));
  for (let epoch = 1; epoch <= times; epoch += 1) {
    const atMs = OPENED_MS + epoch * 1_000;
    ledger.event({ atMs, sessionId: "session_a", event: { type: "superseded", epoch } });
    ledger.event({ atMs, sessionId: "session_b", event: { type: "superseded", epoch } });
    if (epoch === 200)
      ledger.event({ atMs, sessionId: null, event: { type: "pause", pausedMs: 1, sessions: 1, outstanding: 0 } });
  }
  await ledger.ended(sampleEnded("session_a", { detectedAtMs: OPENED_MS + (times + 1) * 1_000 }));
}

async function inPages(ends: EndStore, id: string): Promise<TimelineEntry[]> {
  const all: TimelineEntry[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<EndStore["timelinePage"]>> = await ends.timelinePage({ id, after, limit: 200 });
    expect(page.entries.length).toBeLessThanOrEqual(200);
    all.push(...page.entries);
    after = page.nextAfter;
  }
  return all;
}

test("LED9 1,500 take-overs are 203 entries, and the first and the latest are there in pages", async () => {
  await using place = scratch();
  const { ends, ledger } = await place.open();
  await takenOver(ledger, 1_500);
  const timeline = await ends.timeline("session_a");
  expect(timeline).toHaveLength(203);
  expect(JSON.stringify(timeline).length).toBeLessThan(32_000);
  expect([timeline[0]?.type, timeline[101]?.type, timeline[202]?.type]).toEqual(["opened", "folded", "ended"]);
  expect(timeline[100]?.data).toEqual({ epoch: 100 });
  expect(timeline[102]?.data).toEqual({ epoch: 1_401 });
  expect(timeline[101]).toEqual({
    seq: (timeline[100]?.seq ?? 0) + 1,
    atMs: OPENED_MS + 101_000,
    sessionId: "session_a",
    type: "folded",
    data: {
      count: 1_301,
      types: { superseded: 1_300, pause: 1 },
      untilMs: OPENED_MS + 1_400_000,
      after: timeline[100]?.seq,
    },
  });
  const all = await inPages(ends, "session_a");
  const counted = { count: 999, types: { superseded: 999 }, untilMs: OPENED_MS + 1_249_000 };
  expect(all.filter(({ type }) => type !== "pause").map(({ type, data }) => (type === "superseded" ? data.epoch : data))).toEqual(
    [...numbers(1, 250), counted, ...numbers(1_250, 1_500)],
  );
});

test.each([1_000, 1_001, 1_499, 1_500, 5_000])(
  "LED9 %d take-overs are at most 1,000 rows, and none is lost count of",
  async (times) => {
    await using place = scratch();
    const { ends, ledger } = await place.open();
    await takenOver(ledger, times);
    const rows = place.sql<{ rows: number }>("SELECT count(*) AS rows FROM events WHERE session_id = 'session_a'")[0]?.rows ?? 0;
    expect(rows).toBeLessThanOrEqual(EVENTS_MOST);
    expect(rows).toBeGreaterThanOrEqual(Math.min(times, 2 * EVENTS_KEPT + 2));
    const told = (await inPages(ends, "session_a")).filter(({ type }) => type !== "pause");
    expect(told.map(({ type, data }) => (type === "counted" ? Number(data.count) : 1)).reduce((sum, one) => sum + one)).toBe(
      times,
    );
    expect(told.slice(0, EVENTS_KEPT).map(({ data }) => data.epoch)).toEqual(numbers(1, EVENTS_KEPT));
    expect(told.slice(-EVENTS_KEPT).map(({ data }) => data.epoch)).toEqual(numbers(times - EVENTS_KEPT + 1, times));
    const whole = await ends.timeline("session_a");
    expect(whole.find(({ type }) => type === "folded")?.data).toMatchObject({ types: { superseded: times - 200 } });
    const database = new Database(place.file, { readonly: true });
    expect(verifyLedger(database)).toEqual([]);
    database.close();
  },
);

test("LED9 counts the kinds that are gone, and what an earlier version wrote without a bound", async () => {
  await using place = scratch();
  const { ledger, close } = await place.open();
  await ledger.opened(sampleOpened("session_a", { openedAtMs: OPENED_MS }));
  await close();
  place.sql(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
     INSERT INTO events (at_ms, session_id, type, data)
     SELECT ${OPENED_MS} + i, 'session_a', iif(i % 3 = 0, 'resumed', 'suspended'), '{}' FROM n`,
  );
  const store = await place.open();
  store.ledger.event({ atMs: OPENED_MS + 3_001, sessionId: "session_a", event: { type: "superseded", epoch: 2 } });
  await eventually(async () => {
    const counted = (await inPages(store.ends, "session_a")).find(({ type }) => type === "counted");
    expect(counted?.data).toEqual({ count: 2_500, types: { suspended: 1_667, resumed: 833 }, untilMs: OPENED_MS + 2_750 });
  });
});

test("LED9 a timeline of 250 events is told one by one", async () => {
  await using place = scratch();
  const { ends, ledger } = await place.open();
  await takenOver(ledger, 249);
  const timeline = await ends.timeline("session_a");
  expect(timeline).toHaveLength(252);
  expect(timeline.map(({ type }) => type)).not.toContain("folded");
  expect(timeline.slice(1, -1)).toEqual(await inPages(ends, "session_a"));
  expect(await ends.timelinePage({ id: "session_none", after: 0, limit: 10 })).toEqual({ entries: [], nextAfter: null });
});

test("LED9 REST and tRPC answer the folded whole and the pages", async () => {
  await using place = scratch();
  const store = await place.open();
  await takenOver(store.ledger, 300);
  await using running = await startTestServer({ store });
  const rest = async (query: string) => (await fetch(`${running.http}/api/ends/session_a/timeline${query}`)).json();
  const whole = (await rest("")) as { entries: TimelineEntry[]; nextAfter: number | null };
  expect([whole.entries.length, whole.nextAfter]).toEqual([203, null]);
  const after = Number(whole.entries[101]?.data.after);
  const page = await rest(`?after=${after}&limit=50`);
  expect(page).toMatchObject({ entries: { length: 50 }, nextAfter: expect.any(Number) });
  const input = encodeURIComponent(JSON.stringify({ id: "session_a", after, limit: 50 }));
  const headers = { cookie: await running.signIn() };
  const answered = await (await fetch(`${running.http}/trpc/sessions.timeline?input=${input}`, { headers })).json();
  expect(answered).toEqual({ result: { data: page } });
});
