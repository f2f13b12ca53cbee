import { readFileSync } from "node:fs";
import { join } from "node:path";
import { insertPart } from "@lastbeat/tools/generatedDocs";
import { projectRoot } from "@lastbeat/tools/processes";
import { expect, test } from "vitest";
import { errorParts } from "./errorTables.ts";

test.each(errorParts)("CLT1 $file shows the $name of the code, and nothing else (npm run docs)", ({ file, name, make }) => {
  const text = readFileSync(join(projectRoot, file), "utf8");
  expect(text).toBe(insertPart(text, name, make()));
});
