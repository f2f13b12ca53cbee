import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeApiReports, reported, reportFolderOf } from "./apiReport.ts";
import { projectRoot } from "./processes.ts";

describe.each(reported)("@lastbeat/%s", (of) => {
  const reports = makeApiReports(of);
  const folder = reportFolderOf(of);

  it("EMB1 there is a report of every entry point, and of nothing else", () => {
    expect(readdirSync(folder).sort()).toEqual([...reports.keys()].sort());
  });

  it.each([...reports])("EMB1 %s shows what the entry point exports (if the change is meant: npm run docs)", (name, text) => {
    expect(readFileSync(join(folder, name), "utf8")).toBe(text);
  });

  it("EMB1 every entry point names what it exports", () => {
    const indexes = globSync(`packages/${of}/src/{.,*}/index.ts`, { cwd: projectRoot });
    expect(indexes.length).toBeGreaterThan(1);
    for (const index of indexes) expect(readFileSync(join(projectRoot, index), "utf8")).not.toMatch(/export \*/);
  });
});
