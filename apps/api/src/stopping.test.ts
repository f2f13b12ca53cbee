import { expect, test } from "vitest";
import { drainLimitMs, stopStep } from "./stopping.ts";

test.each([
  ["the first one", null, 0, 5, "stop"],
  ["the first one, with nobody there", null, 0, 0, "stop"],
  ["npm's copy of it", 1_000, 1_003, 5, "ignore"],
  ["an impatient second press", 1_000, 2_999, 5, "ignore"],
  ["one that is meant", 1_000, 3_000, 5, "exit"],
  ["one when all is written", 1_000, 60_000, 0, "ignore"],
] as const)("stop signals: %s", (_, firstAtMs, nowMs, unwritten, step) =>
  expect(stopStep({ firstAtMs, nowMs, unwritten })).toBe(step),
);

test.each([
  [0, 0, 10_000],
  [0, 10_000, 30_000],
  [0, 50_000, 110_000],
  [3_000, 50_000, 3_000],
])("with drain_limit %i ms and %i sessions stopping may take %i ms", (configured, sessions, limit) =>
  expect(drainLimitMs(configured, sessions)).toBe(limit),
);
