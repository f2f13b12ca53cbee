/** Every rule of docs/SPEC.md is named in the code and tested, and every id used is a rule. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectRoot } from "./processes.ts";
import { RuleIds, rulesOf } from "./ruleIds.ts";

interface Source {
  readonly file: string;
  readonly text: string;
}

/** The files that match, except those of `packages/tools`, where rule ids are examples. */
function read(patterns: readonly string[], matches: (file: string) => boolean = () => true): Source[] {
  const files = globSync([...patterns], { cwd: projectRoot, exclude: (name) => /(?:^|\/)node_modules$/.test(name) });
  return files
    .filter((file) => !file.startsWith("packages/tools/") && matches(file))
    .map((file) => ({ file, text: readFileSync(join(projectRoot, file), "utf8") }));
}

const isForTests = (file: string) => /\.test\.(?:ts|svelte)$|\/testing(?:\/|\.ts$)/.test(file);
const isTest = (file: string) => /\.test\.ts$|Contract\.ts$/.test(file);

const spec = readFileSync(join(projectRoot, "docs/SPEC.md"), "utf8");
const rules = rulesOf(spec);
const ids = new RuleIds(rules);
const all = read(["{packages,apps,tests}/*/src/**/*.{ts,svelte}", "drizzle/**/*.sql"]);
const code = all.filter(({ file }) => !file.startsWith("tests/") && !isForTests(file));
const tests = all.filter(({ file }) => isTest(file));
const docs = read(["docs/**/*.md", "*.md"]);

/** The titles of a file's tests: the first text given to `it`, `test` or the function that `it.each(…)` returns. */
function titlesOf(source: string): string[] {
  return [
    ...source.matchAll(/\b(?:it|test)(?:\.\w+)*\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g),
    ...source.matchAll(/\)\(\s*(["'`])((?:\\.|(?!\1).)*)\1\s*,\s*(?:async\s*)?\(/g),
  ].map((match) => match[2] as string);
}

/** The rules with which a text begins: `HB5 TIM1 a frozen page …` names two. */
function rulesNamed(title: string): string[] {
  const head = /^(?:[A-Z]{2,3}\d+[ ,]*)+/.exec(title)?.[0] ?? "";
  return head.match(/[A-Z]{2,3}\d+/g) ?? [];
}

/** Every string in a file that begins with a rule id, including rows of test tables. */
function rulesProven(source: string): string[] {
  return [...source.matchAll(/["'`]((?:[A-Z]{2,3}\d+[ ,]*)+)/g)].flatMap((match) => rulesNamed(match[1] as string));
}

const among = (sources: readonly Source[], find: (text: string) => string[]) =>
  sources.flatMap(({ file, text }) => find(text).map((found) => `${file}: ${found}`));

describe("the rules of docs/SPEC.md", () => {
  it("every rule has a test", () => {
    const proven = new Set(tests.flatMap(({ text }) => rulesProven(text)));
    expect([...rules].filter((rule) => !proven.has(rule))).toEqual([]);
    expect(rules.size).toBeGreaterThan(40);
  });

  it("every rule is named in the code that implements it", () => {
    const named = new Set(code.flatMap(({ text }) => ids.namedIn(text)));
    expect([...rules].filter((rule) => !named.has(rule))).toEqual([]);
    expect(code.length).toBeGreaterThan(300);
  });

  it("every rule named in code or a test exists", () => {
    expect(among(all, (text) => ids.unknownIn(text))).toEqual([]);
    const ofNoFamily = (text: string) => titlesOf(text).flatMap((title) => rulesNamed(title).filter((rule) => !rules.has(rule)));
    expect(among(tests, ofNoFamily)).toEqual([]);
  });

  it("an id is written in one form in code, tests and documents", () => {
    expect(among([...all, ...docs], (text) => ids.misspeltIn(text))).toEqual([]);
  });

  it("every test of the core names a rule", () => {
    const nameless = (text: string) =>
      titlesOf(text).filter((title) => rulesNamed(title).length === 0 && !title.startsWith("%s"));
    const ofCore = tests.filter(({ file }) => file.startsWith("packages/core/"));
    expect(among(ofCore, nameless)).toEqual([]);
  });
});
