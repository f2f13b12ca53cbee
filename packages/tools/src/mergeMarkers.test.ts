import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "./processes.ts";

it("no document holds what a merge left in it", () => {
  const files = globSync(["*.md", "docs/**/*.md", "{packages,examples}/*/*.md", "config/**/*.yaml"], { cwd: projectRoot });
  expect(files.length).toBeGreaterThan(25);
  const marked = files.filter((file) => /^(?:<{7}|>{7}) /m.test(readFileSync(join(projectRoot, file), "utf8")));
  expect(marked).toEqual([]);
});
