import { expect, test } from "vitest";
import { needsBrowser } from "./testArguments.ts";

test.each([
  [[], true],
  [["--project", "node"], false],
  [["--project=node", "packages/core"], false],
  [["--project", "node", "--project", "chat"], true],
  [["--project=e2e"], true],
  [["packages/core"], true],
] as const)("%j needs a browser: %s", (args, expected) => {
  expect(needsBrowser(args)).toBe(expected);
});
