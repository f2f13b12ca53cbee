import { expect, test } from "vitest";
import { GrowthWithin } from "./growthWithin.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

test("what happened counts for an hour and a look more, then no longer, and the total stays what it is", () => {
  const recent = new GrowthWithin(HOUR, 0);
  expect(recent.of(3, 0)).toBe(3);
  for (let minute = 1; minute <= 60; minute += 1) expect(recent.of(3, minute * MINUTE)).toBe(3);
  expect(recent.of(3, 61 * MINUTE)).toBe(0);
  expect(recent.of(5, 61 * MINUTE + 1)).toBe(2);
  for (let minute = 62; minute <= 121; minute += 1) expect(recent.of(5, minute * MINUTE)).toBe(2);
  expect(recent.of(5, 122 * MINUTE)).toBe(0);
});

test("asked every second for days it keeps some sixty looks, and still tells the last hour", () => {
  const recent = new GrowthWithin(HOUR, 0);
  let total = 0;
  for (let second = 1; second <= 200_000; second += 1) {
    total += 1;
    recent.of(total, second * 1_000);
  }
  const grown = recent.of(total, 200_000_000);
  expect(grown).toBeGreaterThanOrEqual(3_600);
  expect(grown).toBeLessThanOrEqual(3_660);
});
