import { expect, test } from "vitest";
import { SparseLog } from "./sparseLog.ts";

test("writes one line per key per minute, and the next one counts those suppressed", () => {
  const lines: unknown[] = [];
  const write = (message: string, fields?: Record<string, unknown>) => void lines.push([message, fields]);
  let nowMs = 0;
  const log = new SparseLog({ warn: write }, () => nowMs);
  for (; nowMs < 60_000; nowMs += 10_000) log.warn("files", "no files");
  log.warn("other", "something else", { code: "EIO" });
  log.warn("files", "no files");
  expect(lines).toEqual([
    ["no files", {}],
    ["something else", { code: "EIO" }],
    ["no files", { timesSinceLastLine: 5 }],
  ]);
});
