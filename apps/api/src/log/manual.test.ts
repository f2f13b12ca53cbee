/** The operators' manual quotes log lines in the words in which they are written. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { expect, test } from "vitest";

const manual = readFileSync(join(projectRoot, "docs/OPERATIONS.md"), "utf8");
const [, section = ""] = /^### What the lines mean\n(.*?)^## /ms.exec(manual) ?? [];
const sources = globSync("{apps/api,packages/core}/src/**/*.ts", { cwd: projectRoot })
  .filter((file) => !file.includes(".test.") && !file.includes("/testing/"))
  .map((file) => readFileSync(join(projectRoot, file), "utf8"))
  .join("\n");

/** Lines quoted in the first column, cut where something differs (`…`). */
const quoted = [...section.matchAll(/^\| (`.+?) \| \w+(?:, \w+)* \|/gm)].flatMap(([, cell = ""]) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, line = ""]) => line),
);

test("LOG4 every line that the manual explains is one that the server writes", () => {
  expect(quoted.length).toBeGreaterThan(30);
  const missing = quoted.filter((line) => {
    const parts = line.split("…").map((part) => part.replace(/^[: ]+|[ ]+$/g, ""));
    return !parts.every((part) => sources.includes(part));
  });
  expect(missing).toEqual([]);
});
