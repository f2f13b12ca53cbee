import { expect, it } from "vitest";
import { wholeTicks } from "../settings/bounds.ts";
import { type Observation, observe } from "./observedTime.ts";

const TICK_MS = 100;

it.each([
  ["TIM1 on time", 100, 0, { steps: 1, carryMs: 0, pausedMs: 0 }],
  ["TIM1 a little early", 99, 0, { steps: 0, carryMs: 99, pausedMs: 0 }],
  ["TIM1 on time after that", 101, 99, { steps: 2, carryMs: 0, pausedMs: 0 }],
  ["TIM1 a little late", 130, 0, { steps: 1, carryMs: 30, pausedMs: 0 }],
  ["TIM1 two ticks late at once", 250, 0, { steps: 2, carryMs: 50, pausedMs: 0 }],
  ["TIM1 later than that: the rest was not listened to", 900, 50, { steps: 2, carryMs: 0, pausedMs: 0 }],
  ["TIM2 one second late is no pause yet", 1_100, 0, { steps: 2, carryMs: 0, pausedMs: 0 }],
  ["TIM2 more is", 1_101, 0, { steps: 1, carryMs: 0, pausedMs: 1_001 }],
  ["TIM2 a suspended machine", 3_600_100, 70, { steps: 1, carryMs: 0, pausedMs: 3_600_000 }],
  ["TIM1 a clock that stood still", 0, 40, { steps: 0, carryMs: 40, pausedMs: 0 }],
  ["TIM1 a clock that went backwards", -50, 40, { steps: 0, carryMs: 40, pausedMs: 0 }],
] as [string, number, number, Observation][])("%s: %d ms with %d carried over", (_, elapsedMs, carryMs, observation) => {
  expect(observe(elapsedMs, carryMs, TICK_MS)).toEqual(observation);
});

it.each([
  [0, 100],
  [1, 100],
  [100, 100],
  [100.5, 200],
  [30_000, 30_000],
])("TIM1 %d ms are %d ms in whole ticks", (durationMs, ticksMs) => {
  expect(wholeTicks(durationMs, TICK_MS)).toBe(ticksMs);
});
