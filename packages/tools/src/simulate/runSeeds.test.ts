import { expect, it } from "vitest";
import { runSeeds } from "./runSeeds.ts";

const HOUR_MS = 3_600_000;

it("a thousand seeds of the simulation, an hour each, break no rule", async () => {
  const report = await runSeeds({ from: 1, count: 1_000, durationMs: HOUR_MS });
  expect(report.failures.map(({ failure }) => failure)).toEqual([]);
  expect(report.seeds).toBe(1_000);
  // Histories in which little happens would prove little.
  expect(report.totals.opened).toBeGreaterThan(100_000);
  expect(report.totals.suspected).toBeGreaterThan(10_000);
}, 180_000);
