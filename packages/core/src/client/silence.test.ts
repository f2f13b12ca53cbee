import { expect, it } from "vitest";
import { doubtAtMs, giveUpAtMs } from "./silence.ts";

it.each([
  ["the defaults", { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 3, boundMs: 90_100 }, 51_000, 91_100],
  ["one miss allowed", { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 1, boundMs: 50_100 }, 51_000, 51_100],
  ["a bound shorter than a beat", { intervalMs: 30_000, pongTimeoutMs: 20_000, maxFailures: 1, boundMs: 40_000 }, 41_000, 41_000],
])("HB7 with %s a client doubts and gives up at the times set by its terms", (_, terms, doubt, giveUp) => {
  expect(doubtAtMs(1_000, terms)).toBe(doubt);
  expect(giveUpAtMs(1_000, terms)).toBe(giveUp);
});
