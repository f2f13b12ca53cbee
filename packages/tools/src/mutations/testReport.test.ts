import { expect, it } from "vitest";
import { failedTitles, type JsonReport, RunBroke } from "./testReport.ts";

const file = (status: string, results: Readonly<Record<string, string>>) => ({
  status,
  name: "a.test.ts",
  message: "SyntaxError",
  assertionResults: Object.entries(results).map(([title, result]) => ({ title, status: result })),
});
const report = (success: boolean, ...testResults: JsonReport["testResults"][number][]): JsonReport => ({
  success,
  numTotalTests: testResults.flatMap(({ assertionResults }) => assertionResults).length,
  testResults,
});

it.each([
  ["a run in which all passed", report(true, file("passed", { one: "passed" })), []],
  [
    "a run with failures",
    report(false, file("failed", { one: "passed", two: "failed" }), file("passed", { three: "passed" })),
    ["two"],
  ],
])("%s is reported by the titles of the failures", (_, result, titles) => expect(failedTitles(result)).toEqual(titles));

it.each([
  ["in which no test ran", report(true)],
  ["with a file that could not be loaded", report(false, file("failed", {}), file("failed", { two: "failed" }))],
  ["that failed although no test did", report(false, file("passed", { one: "passed" }))],
])("a run %s proves nothing", (_, result) => expect(() => failedTitles(result)).toThrow(RunBroke));
