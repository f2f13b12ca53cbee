/** A copy of the project, whose code can be mutated safely. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { runNode } from "../processes.ts";
import { type Mutation, mutated } from "./mutation.ts";
import { failedTitles, type JsonReport, RunBroke } from "./testReport.ts";

/** Not copied, because they are not needed or are regenerated. */
const left = new Set([".git", "node_modules", ".svelte-kit", "build", "data", "logs"]);
/** The links of the workspaces, which are relative to where they are. */
const OWN = "@lastbeat";
/** A timeout, because a mutant may loop for ever. */
const RUN_MS = 600_000;

export class MutatedCopy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "lastbeat-mutations-"));
  readonly #vitest: string;

  /** `root` is the project folder; `vitest` is the path of the test runner's command. */
  constructor(root: string, vitest: string) {
    this.#vitest = vitest;
    cpSync(root, this.folder, { recursive: true, filter: (path) => !left.has(path.split(sep).at(-1) ?? "") });
    this.#linkPackages(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Links the installed packages, and copies the links of the workspaces. */
  #linkPackages(from: string, to: string): void {
    mkdirSync(to);
    for (const name of readdirSync(from)) {
      if (name === OWN) cpSync(join(from, OWN), join(to, OWN), { recursive: true, verbatimSymlinks: true });
      else symlinkSync(join(from, name), join(to, name));
    }
  }

  /**
   * Breaks one rule, runs these tests, and restores the file. Returns the titles of the tests that failed.
   * @throws {Error} when the mutation does not fit, or the run proves nothing.
   */
  async failing(mutation: Mutation, tests: readonly string[]): Promise<string[]> {
    const path = join(this.folder, mutation.file);
    const source = readFileSync(path, "utf8");
    writeFileSync(path, mutated(mutation, source));
    try {
      return await this.failingNow(tests);
    } finally {
      writeFileSync(path, source);
    }
  }

  /**
   * Runs these tests on the copy as it is. Returns the titles of those that failed.
   * @throws {RunBroke} when the run proves nothing.
   */
  async failingNow(tests: readonly string[]): Promise<string[]> {
    const report = join(this.folder, "report.json");
    rmSync(report, { force: true });
    const { output } = await runNode(
      [this.#vitest, "run", "--project", "node", ...tests, "--reporter", "json", "--outputFile", report],
      { folder: this.folder, limitMs: RUN_MS },
    );
    if (!existsSync(report)) throw new RunBroke(`the run crashed:\n${output.slice(-2_000)}`);
    return failedTitles(JSON.parse(readFileSync(report, "utf8")) as JsonReport);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
