import { expect, test } from "vitest";
import { RollingIncrease } from "./rollingIncrease.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

test("an event counts for one window plus at most one sample interval, then drops out", () => {
  const recent = new RollingIncrease(HOUR, 0);
  expect(recent.observe(3, 0)).toBe(3);
  for (let minute = 1; minute <= 60; minute += 1) expect(recent.observe(3, minute * MINUTE)).toBe(3);
  expect(recent.observe(3, 61 * MINUTE)).toBe(0);
  expect(recent.observe(5, 61 * MINUTE + 1)).toBe(2);
  for (let minute = 62; minute <= 121; minute += 1) expect(recent.observe(5, minute * MINUTE)).toBe(2);
  expect(recent.observe(5, 122 * MINUTE)).toBe(0);
});

test("observed every second for days, it still gives the increase of the last hour", () => {
  const recent = new RollingIncrease(HOUR, 0);
  let total = 0;
  for (let second = 1; second <= 200_000; second += 1) {
    total += 1;
    recent.observe(total, second * 1_000);
  }
  const grown = recent.observe(total, 200_000_000);
  expect(grown).toBeGreaterThanOrEqual(3_600);
  expect(grown).toBeLessThanOrEqual(3_660);
});
