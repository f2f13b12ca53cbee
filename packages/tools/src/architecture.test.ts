import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "./processes.ts";

const text = readFileSync(join(projectRoot, "docs/ARCHITECTURE.md"), "utf8");
/** Where a path of the document may begin. */
const places = [
  "",
  "packages/core/src",
  "packages/core",
  "packages/trpc/src/socket",
  "apps/api/src",
  "apps/chat/src/lib",
  "apps/admin/src/lib",
  "docs",
];

const fileAt = (path: string): string | undefined =>
  places.map((place) => join(projectRoot, place, path)).find((candidate) => existsSync(candidate));
const filesNamed = (part: string) => [...part.matchAll(/`([\w./@-]+\.(?:ts|svelte|md))`/g)].map(([, path]) => path as string);

it("every file that the architecture names is there", () => {
  const named = filesNamed(text);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => fileAt(path) === undefined)).toEqual([]);
});

it("tells three walks of at most eight steps", () => {
  const section = text.slice(text.indexOf("## Three walks"), text.indexOf("\n## ", text.indexOf("## Three walks") + 1));
  const walks = section.split(/^What happens when /m).slice(1);
  expect(walks.map((walk) => walk.slice(0, walk.indexOf(":")))).toEqual([
    "a pong arrives",
    "a session ends",
    "an operator saves a setting",
  ]);
  for (const walk of walks) {
    const steps = walk.match(/^\d+\. /gm) ?? [];
    expect(steps.length).toBeGreaterThanOrEqual(5);
    expect(steps.length).toBeLessThanOrEqual(8);
  }
});

it("the walks name functions of the files that they name", () => {
  const section = text.slice(text.indexOf("## Three walks"), text.indexOf("\n## ", text.indexOf("## Three walks") + 1));
  for (const step of section.match(/^\d+\. .*(?:\n {3}.*)*/gm) ?? []) {
    const sources = filesNamed(step).flatMap((path) => fileAt(path) ?? []);
    const functions = [...step.matchAll(/`(?:\w+\.)?([a-z]+[A-Z]\w*)`/g)].map(([, name]) => name as string);
    for (const name of functions) {
      expect(
        sources.some((path) => readFileSync(path, "utf8").includes(name)),
        `${name} in: ${step}`,
      ).toBe(true);
    }
  }
});
