import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeApiReports, reported, reportFolderOf } from "./apiReport.ts";
import { projectRoot } from "./processes.ts";

describe.each(reported)("@lastbeat/%s", (of) => {
  const reports = makeApiReports(of);
  const folder = reportFolderOf(of);

  it("EMB1 there is exactly one report per entry point", () => {
    expect(readdirSync(folder).sort()).toEqual([...reports.keys()].sort());
  });

  it.each([...reports])("EMB1 %s is up to date (if the change is intended: npm run docs)", (name, text) => {
    expect(readFileSync(join(folder, name), "utf8")).toBe(text);
  });

  it("EMB1 every entry point names what it exports", () => {
    const indexes = globSync(`packages/${of}/src/{.,*}/index.ts`, { cwd: projectRoot });
    expect(indexes.length).toBeGreaterThan(1);
    for (const index of indexes) expect(readFileSync(join(projectRoot, index), "utf8")).not.toMatch(/export \*/);
  });
});
