import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cgroupLimit, processMemory } from "./memorySource.ts";

test.each([
  ["max\n", null],
  ["", null],
  ["9223372036854771712", null],
  ["536870912\n", 536_870_912],
])("MEM1 a control group's limit %j is %s", (text, limit) => expect(cgroupLimit(text, 2 ** 34)).toBe(limit));

test("MEM1 the limit is the container's, or else the machine's memory", () => {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-memory-"));
  const file = join(folder, "memory.max");
  writeFileSync(file, "104857600\n");
  expect(processMemory([file]).sample().residentLimitBytes).toBe(104_857_600);
  rmSync(folder, { recursive: true });
  const sample = processMemory(["/nowhere"]).sample();
  expect(sample.residentLimitBytes).toBe(totalmem());
  expect(sample.residentBytes).toBeGreaterThan(10_000_000);
  expect(sample.heapUsedBytes).toBeLessThan(sample.heapLimitBytes);
});
