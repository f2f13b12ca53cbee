import { globSync, readFileSync } from "node:fs";
import ts from "typescript";
import { expect, it } from "vitest";
import { projectRoot } from "./processes.ts";

/**
 * Where a literal is spread into a literal: that says nothing, and only keeps the formatter from giving each entry a line of its
 * own.
 */
function spreadLiterals(file: string, source: string): string[] {
  const found: string[] = [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    const isObject = ts.isSpreadAssignment(node) && ts.isObjectLiteralExpression(node.expression);
    const isArray =
      ts.isSpreadElement(node) && ts.isArrayLiteralExpression(node.parent) && ts.isArrayLiteralExpression(node.expression);
    if (isObject || isArray) found.push(`${file}:${tree.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

it("finds a literal that is spread into a literal, and nothing else", () => {
  const source = "const a = { ...{ b: 1 } };\nconst c = [...[1], ...d];\nconst e = { ...f, ...(g ? { h } : {}) };\ncall(...[1]);";
  expect(spreadLiterals("x.ts", source)).toEqual(["x.ts:1", "x.ts:2"]);
});

it("no literal is spread into a literal", () => {
  const files = globSync("{apps,packages,tests}/*/{src,scripts}/**/*.ts", { cwd: projectRoot });
  expect(files.length).toBeGreaterThan(500);
  const texts = files.map((file) => [file, readFileSync(`${projectRoot}/${file}`, "utf8")] as const);
  expect(texts.flatMap(([file, text]) => (/\.\.\.[{[]/.test(text) ? spreadLiterals(file, text) : []))).toEqual([]);
});
