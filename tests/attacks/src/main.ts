/** `npm run attacks`: carries out every attack, prints what was measured, and writes it into SECURITY.md if the server held. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";
import { startVitest } from "vitest/node";
import { tableOf, withTable } from "./harness/table.ts";

const filters = process.argv.slice(2);
const vitest = await startVitest("test", filters, { root: projectRoot, project: ["attacks"], watch: false });
const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()]);
const table = tableOf(tests.flatMap((test) => test.meta().attack ?? []));
const held = tests.every((test) => test.ok());
await vitest.close();

process.stdout.write(`\n${table}\n`);
if (held && filters.length === 0) {
  const file = join(projectRoot, "SECURITY.md");
  writeFileSync(file, withTable(readFileSync(file, "utf8"), table));
}
process.exitCode = held && tests.length > 0 ? 0 : 1;
