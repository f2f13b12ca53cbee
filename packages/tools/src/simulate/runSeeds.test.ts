import { expect, it } from "vitest";
import { runSeeds } from "./runSeeds.ts";

const HOUR_MS = 3_600_000;

it("five hundred seeds of the simulation, one hour each, break no rule", async () => {
  const report = await runSeeds({ from: 1, count: 500, durationMs: HOUR_MS });
  expect(report.failures.map(({ failure }) => failure)).toEqual([]);
  expect(report.seeds).toBe(500);
  // Runs in which little happens would prove little.
  expect(report.totals.opened).toBeGreaterThan(40_000);
  expect(report.totals.suspected).toBeGreaterThan(10_000);
  expect(report.totals.mishaps).toBeGreaterThan(10_000);
  expect(report.totals.meddlings).toBeGreaterThan(5_000);
}, 180_000);
