import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const spec = readFileSync(`${root}docs/SPEC.md`, "utf8");
const rules = new Set([...spec.matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)].map((match) => match[1] as string));

const files = globSync("{packages,apps}/*/src/**/*.{test,contract}.ts", { cwd: root }).concat(
  globSync("packages/core/src/testing/*Contract.ts", { cwd: root }),
);

/** The titles of a file's tests: the first text given to `it`, `test` or the function that `it.each(…)` returns. */
function titlesOf(source: string): string[] {
  return [
    ...source.matchAll(/\b(?:it|test)(?:\.\w+)*\(\s*(["'`])((?:\\.|(?!\1).)*)\1/g),
    ...source.matchAll(/\)\(\s*(["'`])((?:\\.|(?!\1).)*)\1\s*,\s*(?:async\s*)?\(/g),
  ].map((match) => match[2] as string);
}

/** The rules a text begins with: `HB5 TIM1 a frozen page …` names two. */
function rulesNamed(title: string): string[] {
  const head = /^(?:[A-Z]{2,3}\d+[ ,]*)+/.exec(title)?.[0] ?? "";
  return head.match(/[A-Z]{2,3}\d+/g) ?? [];
}

/** Every text of a file that begins with a rule's number, rows of test tables included. */
function rulesMentioned(source: string): string[] {
  return [...source.matchAll(/["'`]((?:[A-Z]{2,3}\d+[ ,]*)+)/g)].flatMap((match) => rulesNamed(match[1] as string));
}

const sources = files
  .filter((file) => !file.endsWith("spec.test.ts"))
  .map((file) => ({ file, source: readFileSync(root + file, "utf8") }));

describe("the rules of docs/SPEC.md", () => {
  it("every rule has a test", () => {
    const proven = new Set(sources.flatMap(({ source }) => rulesMentioned(source)));
    expect([...rules].filter((rule) => !proven.has(rule))).toEqual([]);
    expect(rules.size).toBeGreaterThan(40);
  });

  it("every rule that a test names exists", () => {
    const unknown = sources.flatMap(({ file, source }) =>
      titlesOf(source).flatMap((title) =>
        rulesNamed(title)
          .filter((rule) => !rules.has(rule))
          .map((rule) => `${file}: ${rule}`),
      ),
    );
    expect(unknown).toEqual([]);
  });

  it("every test of the core names a rule", () => {
    const nameless = sources
      .filter(({ file }) => file.startsWith("packages/core/"))
      .flatMap(({ file, source }) =>
        titlesOf(source)
          .filter((title) => rulesNamed(title).length === 0 && !title.startsWith("%s"))
          .map((title) => `${file}: ${title}`),
      );
    expect(nameless).toEqual([]);
  });
});
