import { expect, test } from "vitest";
import { axisMoments, endsChart, roundUp, wideEnough } from "./endsChart.ts";

const box = { fromMs: 0, toMs: 100, width: 1_000, height: 50 };

test("a bar stands where its bucket is, tiers stacked from the ground up to the total", () => {
  const { bars, top } = endsChart({ bucketMs: 10, buckets: [{ atMs: 20, byTier: { heartbeat: 3, socket: 1 } }] }, box);
  expect(top).toBe(4);
  expect(bars).toHaveLength(1);
  expect(bars[0]).toMatchObject({ x: 200, width: 99, total: 4 });
  expect(bars[0]?.segments).toEqual([
    { tier: "socket", count: 1, y: 37.5, height: 12.5 },
    { tier: "heartbeat", count: 3, y: 0, height: 37.5 },
  ]);
});

test("buckets that would be too narrow to see are merged, and nothing is lost", () => {
  const day = { fromMs: 0, toMs: 86_400_000, width: 1_000 };
  const buckets = [5, 6, 9, 31].map((minute) => ({ atMs: minute * 60_000, byTier: { socket: 1, heartbeat: minute } }));
  expect(wideEnough({ bucketMs: 60_000, buckets }, day)).toEqual({
    bucketMs: 600_000,
    buckets: [
      { atMs: 0, byTier: { socket: 3, heartbeat: 20 } },
      { atMs: 1_800_000, byTier: { socket: 1, heartbeat: 31 } },
    ],
  });
  const wide = { bucketMs: 3_600_000, buckets };
  expect(wideEnough(wide, day)).toEqual(wide);
});

test("the axis ends at a round number, also when nothing ended", () => {
  expect([1, 3, 5, 7, 11, 41, 480].map(roundUp)).toEqual([1, 4, 5, 10, 20, 50, 500]);
  expect(endsChart({ bucketMs: 10, buckets: [] }, box)).toEqual({ bars: [], top: 1 });
});

test("the axis is labelled from end to end", () => {
  expect(axisMoments(box, 5)).toEqual([0, 25, 50, 75, 100]);
});
