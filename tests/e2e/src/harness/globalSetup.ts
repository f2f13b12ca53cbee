/** Before the first test: a folder for the run. After the last: the table of scenarios, and nothing left behind. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { Leftovers } from "./leftovers.ts";
import { readScenarios } from "./scenarios.ts";
import { scenarioTable } from "./scenarioTable.ts";

export default function setup(project: TestProject): () => void {
  const leftovers = new Leftovers(mkdtempSync(join(tmpdir(), "lastbeat-e2e-")));
  const janitor = startJanitor(leftovers.folder);
  project.provide("e2eFolder", leftovers.folder);
  return () => {
    const scenarios = readScenarios(leftovers.folder);
    const left = leftovers.clear();
    janitor.stdin?.end();
    if (scenarios.length > 0) process.stdout.write(`\n${scenarioTable(scenarios)}\n`);
    if (left.length > 0) process.stderr.write(`Tests left behind, removed now: ${left.join(", ")}\n`);
  };
}

/** In a session of its own, out of reach of the terminal's Ctrl-C. */
function startJanitor(folder: string) {
  const script = join(import.meta.dirname, "janitor.ts");
  const janitor = spawn(process.execPath, [script, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  janitor.unref();
  return janitor;
}
