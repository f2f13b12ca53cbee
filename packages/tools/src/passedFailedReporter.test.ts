import { describe, expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { countResults, countsLine } from "./passedFailedReporter.ts";

type State = "passed" | "failed" | "skipped";

/** The part of Vitest's module that the counting reads. */
function moduleOf(tests: readonly State[], errors: { readonly module?: number; readonly suite?: number } = {}): TestModule {
  return {
    errors: () => Array(errors.module ?? 0).fill({ message: "does not load" }),
    children: {
      allSuites: () => [{ errors: () => Array(errors.suite ?? 0).fill({ message: "beforeAll" }) }],
      allTests: () => tests.map((state) => ({ result: () => ({ state }) })),
    },
  } as unknown as TestModule;
}

describe("passed-failed line", () => {
  test("leaves out skipped tests when there are none", () => {
    expect(countsLine({ passed: 12, failed: 0, skipped: 0 })).toBe("12 passed, 0 failed");
    expect(countsLine({ passed: 12, failed: 1, skipped: 2 })).toBe("12 passed, 1 failed, 2 skipped");
  });

  test("counts tests over all modules", () => {
    const modules = [moduleOf(["passed", "failed"]), moduleOf(["passed", "skipped"])];
    expect(countResults(modules, 0)).toEqual({ passed: 2, failed: 1, skipped: 1 });
  });

  test("a file that does not load, a failing suite hook and a stray error each count as failed", () => {
    expect(countResults([moduleOf([], { module: 1 })], 0).failed).toBe(1);
    expect(countResults([moduleOf(["skipped"], { suite: 1 })], 0).failed).toBe(1);
    expect(countResults([moduleOf(["passed"])], 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});
