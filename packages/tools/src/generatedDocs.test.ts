import { readFileSync } from "node:fs";
import { endReasonNames } from "@lastbeat/core";
import { expect, it } from "vitest";
import { generatedParts, insertPart } from "./generatedDocs.ts";

it.each(generatedParts)("CLT1 the $name in $file match the code (npm run docs)", ({ file, name, make }) => {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
  expect(text).toBe(insertPart(text, name, make()));
});

it("CLT1 the catalogue and the table of docs/PROTOCOL.md name the same reasons", () => {
  const text = readFileSync(new URL("../../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const listed = [...text.slice(text.indexOf("## End reasons")).matchAll(/^\| `([a-z_]+)` \| (?:\d{4}|–) \|/gm)].map(
    (match) => match[1],
  );
  expect(listed).toEqual(endReasonNames);
});
