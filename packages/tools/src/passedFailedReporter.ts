/** A Vitest reporter whose one line, `N passed, N failed`, is the last that a run prints. */
import type { Reporter, TestModule } from "vitest/node";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** `12 passed, 0 failed`, with the skipped ones named only when there are some. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * Counts tests. A file that does not load, a hook of a suite that fails and an error outside of any test count as failed
 * too: a run that fails must never read "0 failed".
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
    // Summary, coverage table and complaints about a slow teardown are printed after the run's end, so this waits for the exit.
    process.once("exit", () => {
      if (this.#line !== undefined) process.stdout.write(`${this.#line}\n`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]) {
    this.#line = countsLine(countResults(modules, unhandledErrors.length));
  }
}
