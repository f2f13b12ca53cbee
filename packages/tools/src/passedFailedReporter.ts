/** A Vitest reporter that prints `N passed, N failed` as the last line of a run. */
import type { Reporter, TestModule } from "vitest/node";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `12 passed, 0 failed`; skipped tests are mentioned only if there are any. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Counts tests. A file that does not load, a failing suite hook and an error outside any test also count as failed:
 * a failed run must never read "0 failed".
 */
export function countResults(modules: readonly TestModule[], errorsOutsideTests: number): Counts {
  let passed = 0;
  let skipped = 0;
  let failed = errorsOutsideTests;
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "passed") passed++;
      else if (state === "skipped") skipped++;
      else failed++;
    }
  }
  return { passed, failed, skipped };
}

export class PassedFailedReporter implements Reporter {
  #line: string | undefined;

  onInit() {
    // The summary, the coverage table and warnings about a slow teardown are printed after the run, so this waits for the exit.
    process.once("exit", () => {
      if (this.#line !== undefined) process.stdout.write(`${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]) {
    this.#line = countsLine(countResults(modules, unhandledErrors.length));
  }
}
