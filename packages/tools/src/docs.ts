/** `npm run docs`: writes the generated parts of the documents. */
import { readFileSync, writeFileSync } from "node:fs";
import { generatedParts, insertPart } from "./generatedDocs.ts";

for (const { file, name, make } of generatedParts) {
  const path = new URL(`../../../${file}`, import.meta.url);
  writeFileSync(path, insertPart(readFileSync(path, "utf8"), name, make()));
}
