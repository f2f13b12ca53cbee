/** The programs in the READMEs, as they stand there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "@lastbeat/tools/processes";

/** Each block fenced as TypeScript whose first line is its name: `// server.ts`. Of the root's README the name begins with `root-`. */
export function programsOf(readmes: readonly string[]): Record<string, string> {
  const programs: Record<string, string> = {};
  for (const readme of readmes) {
    const of = readme.includes("/") ? "core" : "root";
    const text = readFileSync(join(projectRoot, readme), "utf8");
    for (const [, name, program] of text.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm))
      programs[`${of}-${name}`] = program ?? "";
  }
  return programs;
}
