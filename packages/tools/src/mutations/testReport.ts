/** Evaluates Vitest's JSON report: which tests failed, and whether the run itself broke. */

export interface JsonReport {
  readonly success: boolean;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** The run proves nothing: no test ran, a file could not be loaded, or the run failed although no test did. */
export class RunBroke extends Error {}

/**
 * The titles of the tests that failed.
 * @throws {RunBroke}
 */
export function failedTitles({ success, numTotalTests, testResults }: JsonReport): string[] {
  if (numTotalTests === 0) throw new RunBroke("no test ran");
  for (const { status, name, message, assertionResults } of testResults) {
    const failed = assertionResults.some((result) => result.status === "failed");
    if (status === "failed" && !failed) throw new RunBroke(`${name} could not be run: ${message}`);
  }
  const titles = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed").map(({ title }) => title),
  );
  if (!success && titles.length === 0) throw new RunBroke("the run failed although no test did");
  return titles;
}
