import { expect, test } from "vitest";
import { exitCodes, verdictOf } from "./auditReport.ts";

const report = (vulnerabilities: object) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { dependencies: { total: 512 } } });

const ws = {
  name: "ws",
  severity: "high",
  range: "8.0.0 - 8.17.0",
  via: [{ title: "ws affected by a DoS", url: "https://github.com/advisories/GHSA-3h5v-q93c-6h6q" }],
  fixAvailable: { name: "ws", version: "8.17.1" },
};
const tool = { name: "tool", severity: "low", range: "", via: ["ws"], fixAvailable: false };

test("no known holes", () => {
  expect(verdictOf(report({}), report({}))).toEqual({
    exitCode: exitCodes.clean,
    lines: ["No known holes in 512 dependencies."],
  });
});

test("known holes are listed with where they are, why, and what mends them", () => {
  expect(verdictOf(report({ ws, tool }), report({ ws }))).toEqual({
    exitCode: exitCodes.holes,
    lines: [
      "Known holes in 2 of 512 dependencies:",
      "  ws 8.0.0 - 8.17.0 (high, shipped): ws affected by a DoS https://github.com/advisories/GHSA-3h5v-q93c-6h6q; mended by ws 8.17.1",
      "  tool (low, development only): through ws; not mended yet",
    ],
  });
});

test.each([
  ["a registry that has no audits", '{"message":"405 Method Not Allowed","error":{"summary":""}}', "405 Method Not Allowed"],
  ["no network", '{"error":{"summary":"request to https://registry failed\\nmore"}}', "request to https://registry failed"],
  ["nothing", "", "no report"],
  ["something else", "[]", "no report"],
  ["a report without its list", '{"auditReportVersion":2}', "no report"],
])("%s is no answer, which is not the same as no holes", (_, answer, cause) => {
  const unanswered = {
    exitCode: exitCodes.unanswered,
    lines: [`Not checked: the registry does not answer audits (${cause}).`],
  };
  expect(verdictOf(answer, report({}))).toEqual(unanswered);
  expect(verdictOf(report({}), answer)).toEqual(unanswered);
});

test("the three outcomes can be told apart by the exit code", () => {
  expect(new Set(Object.values(exitCodes)).size).toBe(3);
});
