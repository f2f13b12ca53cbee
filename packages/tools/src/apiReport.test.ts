import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeApiReports, reportFolder } from "./apiReport.ts";
import { projectRoot } from "./processes.ts";

const reports = makeApiReports();
const folder = join(projectRoot, reportFolder);

it("EMB1 there is a report of every entry point, and of nothing else", () => {
  expect(readdirSync(folder).sort()).toEqual([...reports.keys()].sort());
});

it.each([...reports])("EMB1 %s shows what the entry point exports (if the change is meant: npm run docs)", (name, text) => {
  expect(readFileSync(join(folder, name), "utf8")).toBe(text);
});

it("EMB1 every entry point names what it exports", () => {
  const indexes = ["index.ts", "settings/index.ts", "client/index.ts", "testing/index.ts"];
  for (const index of indexes)
    expect(readFileSync(join(projectRoot, "packages/core/src", index), "utf8")).not.toMatch(/export \*/);
});
