/** A copy of the project in which the core may be broken without harm. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { runNode } from "../processes.ts";
import type { Mutation } from "./catalogue.ts";

/** Not worth copying, or made again. */
const left = new Set([".git", "node_modules", ".svelte-kit", "build", "data", "logs"]);

export class MutatedCopy implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "lastbeat-mutations-"));
  readonly #vitest: string;

  /** `root` is the project's folder, `vitest` the path of the test runner's command. */
  constructor(root: string, vitest: string) {
    this.#vitest = vitest;
    cpSync(root, this.#folder, { recursive: true, filter: (path) => !left.has(path.split(sep).at(-1) ?? "") });
    symlinkSync(join(root, "node_modules"), join(this.#folder, "node_modules"));
  }

  /** Breaks one rule, runs the core's tests, and mends it. Returns the titles of the tests that failed. */
  async failing({ file, find, replace }: Mutation): Promise<string[]> {
    const path = join(this.#folder, "packages/core/src", file);
    const source = readFileSync(path, "utf8");
    if (source.split(find).length !== 2) throw new Error(`${file} does not hold the text to replace exactly once`);
    writeFileSync(
      path,
      source.replace(find, () => replace),
    );
    try {
      return await this.#failingTests();
    } finally {
      writeFileSync(path, source);
    }
  }

  async #failingTests(): Promise<string[]> {
    const report = join(this.#folder, "report.json");
    const { output } = await runNode(
      [this.#vitest, "run", "--project", "node", "packages/core", "--reporter", "json", "--outputFile", report],
      this.#folder,
    );
    return titlesOfFailures(readFileSync(report, "utf8"), output);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface JsonReport {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

function titlesOfFailures(text: string, output: string): string[] {
  const { numTotalTests, testResults } = JSON.parse(text) as JsonReport;
  if (numTotalTests === 0) throw new Error(`no test ran:\n${output}`);
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed").map(({ title }) => title),
  );
}
