import { totalmem } from "node:os";
import { expect, test } from "vitest";
import { processMemory } from "./memorySource.ts";

test("MEM1 resident memory matches the system's figure and follows it", () => {
  const source = processMemory();
  const before = source.sample();
  expect(Math.abs(before.residentBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
  expect(before.heapUsedBytes).toBeLessThan(before.heapLimitBytes);
  const filled = Buffer.alloc(96 * 1024 * 1024, 1);
  expect(source.sample().residentBytes).toBeGreaterThan(before.residentBytes + 64 * 1024 * 1024);
  expect(filled.length).toBeGreaterThan(0);
});

test("MEM1 the limit is the container's, or else the machine's memory", () => {
  expect(processMemory(104_857_600).sample().residentLimitBytes).toBe(104_857_600);
  expect(processMemory().sample().residentLimitBytes).toBeLessThanOrEqual(totalmem());
});
