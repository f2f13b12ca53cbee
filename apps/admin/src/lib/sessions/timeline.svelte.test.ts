import type { TimelineEntry } from "@lastbeat/api";
import { expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import { NOW_MS } from "../testing.ts";
import Timeline from "./Timeline.svelte";
import { type TimelineEvent, timelineLine } from "./timeline.ts";
import { foldOf, unfold } from "./unfold.ts";

/** One of each kind; the type asks for every kind there is. */
const samples: { readonly [Type in TimelineEvent["type"]]: Extract<TimelineEvent, { type: Type }> } = {
  opened: { type: "opened", settingsRevision: 3 },
  suspect: { type: "suspect", miss: 1, maxFailures: 3, cause: "no answer within 20 s" },
  refuted: { type: "refuted", misses: 1, afterMs: 23_000 },
  suspended: { type: "suspended", reason: "connection_lost", graceMs: 60_000, detail: "" },
  resumed: { type: "resumed", epoch: 2, afterMs: 4_200 },
  superseded: { type: "superseded", epoch: 3 },
  idle_warned: { type: "idle_warned", endsInMs: 30_000 },
  idle_cleared: { type: "idle_cleared" },
  release_failed: { type: "release_failed", name: "chat room", cause: "took longer than 5 s" },
  release_settled_late: { type: "release_settled_late", name: "chat room", afterMs: 7_100 },
  came_back: { type: "came_back", previousSessionId: "session_1", reason: "unreachable", afterMs: 9_000 },
  ended: { type: "ended", reason: "unreachable", detail: "3 heartbeats unanswered" },
  counted: { type: "counted", count: 41, types: { superseded: 40, resumed: 1 }, untilMs: NOW_MS },
  folded: { type: "folded", count: 1_310, types: { superseded: 1_299, resumed: 10, pause: 1 }, untilMs: NOW_MS, after: 4 },
  started: { type: "started", version: "0.1.0" },
  stopped: { type: "stopped" },
  pause: { type: "pause", pausedMs: 2_300, sessions: 40, outstanding: 38 },
  memory_level: { type: "memory_level", from: "ok", to: "soft", usedBytes: 850, limitBytes: 1_000 },
  clock_jumped: { type: "clock_jumped", aheadMs: 8_640_000_000 },
  clock_looked_at: { type: "clock_looked_at", operator: "Ada" },
  clock_believed: { type: "clock_believed", aheadMs: 8_640_000_000 },
  refused: { type: "refused", cause: "address_limit", count: 12, overMs: 60_000 },
  settings_changed: {
    type: "settings_changed",
    revision: 4,
    author: "Ada",
    before: { heartbeatIntervalMs: 30_000 },
    after: { heartbeatIntervalMs: 25_000 },
  },
};

const entries: TimelineEntry[] = Object.values(samples).map(({ type, ...data }, seq) => ({
  seq,
  atMs: NOW_MS + seq * 1_000,
  sessionId: null,
  type,
  data,
}));

test("LED7 every kind of event is told in words, a pause of the server included", async () => {
  const screen = await render(Timeline, { entries });
  const said = screen.container.textContent;
  expect(said).not.toMatch(/[{}"[\]_]|undefined|null|NaN/);
  for (const words of [
    "The server stood still for 2.3 s",
    "with 40 sessions; none of them is blamed for it",
    "Memory ran short: soft threshold",
    "12 connections were refused: address limit",
    "Heartbeat interval 30 → 25 seconds",
    "with settings revision 3",
    "Missed a heartbeat (1/3)",
    "connection replaced 1,299 times, resumed 10 times, server stood still once",
  ]) {
    await expect.element(screen.getByText(words)).toBeVisible();
  }
});

test("LED7 an event of a newer or an older server is spelled out, not shown as it is stored", () => {
  const newer = { seq: 1, atMs: NOW_MS, sessionId: null, type: "clock_jump", data: { aheadMs: 9, seen: { wallMs: 1 }, by: [] } };
  expect(timelineLine(newer)).toMatchObject({ title: "clock jump", detail: "ahead ms 9, seen wall ms 1, by none" });
  const older = { seq: 1, atMs: NOW_MS, sessionId: null, type: "settings_changed", data: { revision: 4 } };
  expect(timelineLine(older)).toMatchObject({ title: "settings changed", detail: "revision 4" });
});

/** A timeline of 1,500 take-overs as the server answers it: 100, the fold, 100. */
function takeOvers(from: number, to: number): TimelineEntry[] {
  const taken = (seq: number): TimelineEntry => ({
    seq,
    atMs: NOW_MS + seq,
    sessionId: "session_a",
    type: "superseded",
    data: { epoch: seq },
  });
  return Array.from({ length: to - from + 1 }, (_, at) => taken(from + at));
}
const fold = { count: 1_300, types: { superseded: 1_300 }, untilMs: NOW_MS + 1_400, after: 100 };
const folded: TimelineEntry[] = [
  ...takeOvers(1, 100),
  { seq: 101, atMs: NOW_MS + 101, sessionId: "session_a", type: "folded", data: fold },
  ...takeOvers(1_401, 1_500),
];

test("LED9 a folded timeline is unfolded page by page, without a gap and without a repetition", () => {
  let shown: readonly TimelineEntry[] = folded;
  let fetched: TimelineEntry[] = [];
  for (let next = foldOf(shown); next !== null; next = foldOf(shown)) {
    fetched = [...fetched, ...takeOvers(next.after + 1, Math.min(1_500, next.after + 200))];
    shown = unfold(folded, fetched);
    expect(shown.filter(({ type }) => type === "superseded").length + (foldOf(shown)?.count ?? 0)).toBe(1_500);
  }
  expect(shown.map(({ seq }) => seq)).toEqual(takeOvers(1, 1_500).map(({ seq }) => seq));
});

test("LED9 a page with events that the ledger only counted takes all of them off the fold", () => {
  const data = { count: 1_000, types: { superseded: 1_000 }, untilMs: NOW_MS + 1_250 };
  const counted: TimelineEntry = { seq: 251, atMs: NOW_MS + 251, sessionId: "session_a", type: "counted", data };
  const begun = unfold(folded, [...takeOvers(101, 250), counted]);
  expect(foldOf(begun)).toMatchObject({ count: 150, types: { superseded: 150 }, after: 251 });
  const whole = unfold(folded, [...takeOvers(101, 250), counted, ...takeOvers(1_251, 1_400)]);
  expect(foldOf(whole)).toBeNull();
  expect(whole).toHaveLength(501);
});

test("LED9 the page fetches more when asked", async () => {
  const asked: number[] = [];
  const more = (after: number) => {
    asked.push(after);
    return Promise.resolve(takeOvers(after + 1, after + 200));
  };
  const screen = await render(Timeline, { entries: folded, more });
  await screen.getByRole("button", { name: "Show the next of them" }).click();
  await expect.element(screen.getByText("connection replaced 1,100 times")).toBeInTheDocument();
  expect(asked).toEqual([100]);
});
