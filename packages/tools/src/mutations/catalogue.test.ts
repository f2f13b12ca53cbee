import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectRoot } from "../processes.ts";
import { mutations } from "./catalogue.ts";
import { MutantCompiler } from "./mutantCompiler.ts";
import { type Mutation, mutated, nameOf, testsOf } from "./mutation.ts";

const compiler = new MutantCompiler(projectRoot, mutations);

it.each(mutations.map((mutation) => [nameOf(mutation), mutation] as const))("%s: fits its file and compiles", (_, mutation) => {
  const source = readFileSync(join(projectRoot, mutation.file), "utf8");
  expect(mutated(mutation, source)).not.toBe(source);
  expect(compiler.problemsOf(mutation)).toEqual([]);
});

it("every mutation has a unique name", () => {
  const names = mutations.map(nameOf);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

const example = mutations[0] as Mutation;

it("a mutant that does not compile is reported, and does not affect the next one", () => {
  expect(compiler.problemsOf({ ...example, replace: "const n: number = 'text';" })).toEqual([
    "Type 'string' is not assignable to type 'number'.",
  ]);
  expect(compiler.problemsOf({ ...example, replace: "if (" })).not.toEqual([]);
  expect(compiler.problemsOf(example)).toEqual([]);
});

it.each([
  [0, "no such text"],
  [2, "twice"],
])("a text that occurs %i times in its file does not fit", (times, find) =>
  expect(() => mutated({ ...example, find }, "twice, twice")).toThrow(`the text to replace ${times} times instead of once`),
);

it("the tests to run are those named, or all in the workspace", () => {
  expect(testsOf({ ...example, file: "packages/core/src/a/b.ts" })).toEqual(["packages/core"]);
  expect(testsOf({ ...example, tests: ["apps/api/src/a.test.ts"] })).toEqual(["apps/api/src/a.test.ts"]);
});
