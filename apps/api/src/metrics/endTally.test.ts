import type { SessionEnd } from "@lastbeat/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Distribution } from "./distribution.ts";
import { EndTally } from "./endTally.ts";

test("MET1 a distribution's buckets are what counting by hand gives", () => {
  const edges = [0.1, 1, 5];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...edges), fc.double({ min: 0, max: 10, noNaN: true }))), (values) => {
      const distribution = new Distribution(edges);
      for (const value of values) distribution.observe(value);
      const upTo = (edge: number) => values.filter((value) => value <= edge).length;
      const counted = [upTo(0.1), upTo(1) - upTo(0.1), upTo(5) - upTo(1), values.length - upTo(5)];
      expect(distribution.counts).toEqual(counted);
      expect(distribution.count).toBe(values.length);
      expect(distribution.sum).toBeCloseTo(values.reduce((sum, value) => sum + value, 0));
    }),
  );
});

test("MET1 an end is counted in seconds, as a part of its bound, and as late with its cause", () => {
  const tally = new EndTally();
  const end = { reason: "unreachable", tier: "heartbeat", boundMs: 90_000, cleanupMs: 4 };
  tally.add({ ...end, detectionMs: 72_000, lateCause: null } as SessionEnd);
  tally.add({ ...end, detectionMs: 99_000, lateCause: "pause" } as SessionEnd);
  tally.add({
    ...end,
    reason: "ended_by_operator",
    tier: "operator",
    boundMs: null,
    detectionMs: 0,
    lateCause: null,
  } as SessionEnd);
  expect(tally.byReason).toMatchObject({ unreachable: 2, ended_by_operator: 1, idle: 0 });
  expect(tally.detection.heartbeat).toMatchObject({ sum: 171, count: 2 });
  expect(tally.boundShare.heartbeat.sum).toBeCloseTo(1.9);
  expect(tally.boundShare.operator.count).toBe(0);
  expect(tally.late.heartbeat).toEqual({ pause: 1, settings: 0, late_tick: 0, unknown: 0 });
  expect(tally.cleanup.count).toBe(3);
});
