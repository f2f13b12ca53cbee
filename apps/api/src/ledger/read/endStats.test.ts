import { endReasons } from "@lastbeat/core/reasons";
import { describe, expect, it } from "vitest";
import type { EndQuery } from "../../contract/endQuery.ts";
import type { EndStats } from "../../contract/views.ts";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import { directWriter } from "../testing/directWriter.ts";
import { asSessions, FIRST_MS, filters, type ModelEnd, matches, modelEnds } from "../testing/endModel.ts";
import { modelLedger } from "../testing/modelLedger.ts";
import { query, scratch } from "../testing/scratchStore.ts";
import { createEndStats } from "./endStats.ts";

/** The figures of statistics that do not depend on the width of the buckets. */
function figures(stats: EndStats) {
  const { total, byTier, byReason, detectionMedianMs, detectionP99Ms, detectionIsExact, late } = stats;
  return { total, byTier, byReason, detectionMedianMs, detectionP99Ms, detectionIsExact, late };
}

function tally<Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function expected(ends: readonly ModelEnd[], filter: Partial<EndQuery>) {
  const found = ends.filter((end) => matches(end, filter));
  const times = found.map(({ detectionMs }) => detectionMs).sort((a, b) => a - b);
  const rank = (fraction: number) => times[Math.max(1, Math.ceil(times.length * fraction)) - 1] ?? null;
  return {
    total: found.length,
    byTier: tally(found.map(({ reason }) => endReasons[reason].tier)),
    byReason: tally(found.map(({ reason }) => reason)),
    detectionMedianMs: rank(0.5),
    detectionP99Ms: rank(0.99),
    detectionIsExact: true,
    late: tally(found.map(({ lateCause }) => lateCause).filter((cause) => cause !== null)),
  };
}

/** Percentiles that are at most a tenth above the true ones. */
function nearly({ detectionMedianMs, detectionP99Ms }: Pick<EndStats, "detectionMedianMs" | "detectionP99Ms">) {
  const close = (ms: number | null) =>
    ms === null ? null : expect.toSatisfy((found: number) => found >= ms && found <= ms * 1.1 + 1);
  return { detectionMedianMs: close(detectionMedianMs), detectionP99Ms: close(detectionP99Ms), detectionIsExact: false };
}

/** What the histogram must be, from the model: by buckets as wide as the answer says. */
function histogram(ends: readonly ModelEnd[], filter: Partial<EndQuery>, bucketMs: number) {
  const buckets = new Map<number, ModelEnd[]>();
  for (const end of ends.filter((each) => matches(each, filter))) {
    const atMs = Math.floor(end.detectedAtMs / bucketMs) * bucketMs;
    buckets.set(atMs, [...(buckets.get(atMs) ?? []), end]);
  }
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  return sorted.map(([atMs, found]) => ({ atMs, byTier: tally(found.map(({ reason }) => endReasons[reason].tier)) }));
}

describe.each([
  ["two hours", 2 * HOUR_MS],
  ["nine days", 9 * DAY_MS],
  ["a year", 365 * DAY_MS],
])("statistics over %s", (_, spreadMs) => {
  const ends = modelEnds(600, { spreadMs });
  const ledger = modelLedger(ends, createEndStats);
  const ranges: readonly Partial<EndQuery>[] = [
    {},
    { fromMs: FIRST_MS + spreadMs / 4 + 7 },
    { toMs: FIRST_MS + spreadMs / 2 + 11 },
    { fromMs: FIRST_MS + spreadMs / 4 + 7, toMs: FIRST_MS + spreadMs / 2 + 11 },
    { fromMs: FIRST_MS + 13, toMs: FIRST_MS + 13 + HOUR_MS / 2 },
    { fromMs: FIRST_MS + 2 * spreadMs },
  ];

  it.each(filters.filter(([, { fromMs, toMs }]) => fromMs === undefined && toMs === undefined))(
    "LED8 count what is found by %s, in any range, hour by hour the same as row by row",
    (_, filter) => {
      for (const range of ranges) {
        const asked = { ...filter, ...range };
        const found = ledger.subject(query(asked));
        const truth = expected(ends, asked);
        // Who began an end is not in the index of detection times.
        const near = filter.initiator === undefined || found.detectionIsExact ? {} : nearly(truth);
        expect(figures(found), JSON.stringify(range)).toEqual({ ...truth, ...near });
        expect(found.buckets, JSON.stringify(range)).toEqual(histogram(ends, asked, found.bucketMs));
        expect(found.buckets.length).toBeLessThanOrEqual(181);
      }
    },
  );

  it("LED8 from the roll-up equal those from the rows", () => {
    // All sessions have a word in common, which only the rows know: asking for it forces counting them.
    const fromRows = ledger.subject(query({ text: "firefox" }));
    expect(figures(ledger.subject(query()))).toEqual(figures(fromRows));
    expect(fromRows.total).toBe(600);
  });
});

describe("statistics", () => {
  it("LED8 of an empty ledger are zero", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const found = createEndStats(writer.database)(query());
    expect(found).toMatchObject({ total: 0, byTier: {}, buckets: [], detectionMedianMs: null, detectionP99Ms: null });
  });

  it("LED8 percentiles of more ends than can be looked at are those of real ends, at most a tenth above the true ones", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    // All in one bucket, right under the bound: its upper edge lies beyond the bound.
    const ends = modelEnds(21_000, { spreadMs: DAY_MS }).map((end, at) => ({
      ...end,
      lateCause: null,
      reason: "idle" as const,
      detectionMs: 180_000 + (at % 300),
    }));
    for (let at = 0; at < ends.length; at += 500) writer.ended(asSessions(ends.slice(at, at + 500)));
    const { detectionMedianMs, detectionP99Ms, detectionIsExact } = createEndStats(writer.database)(query());
    expect([detectionMedianMs, detectionP99Ms, detectionIsExact]).toEqual([180_299, 180_299, false]);
  });

  it("LED8 percentiles of detection times that retention has removed are within a tenth of the true ones", async () => {
    await using place = scratch();
    using writer = await directWriter(place.file);
    const ends = modelEnds(1_000, { spreadMs: DAY_MS }).map((end, at) => ({ ...end, detectionMs: at * 90 }));
    writer.ended(asSessions(ends));
    writer.database.exec("DELETE FROM sessions WHERE id % 2 = 0");
    const { detectionMedianMs, detectionP99Ms } = createEndStats(writer.database)(query());
    for (const [found, truth] of [
      [detectionMedianMs, 499 * 90],
      [detectionP99Ms, 989 * 90],
    ] as const) {
      expect(found).toBeGreaterThanOrEqual(truth);
      expect(found).toBeLessThanOrEqual(truth * 1.1);
    }
  });
});
