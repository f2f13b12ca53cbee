/** What each scenario showed, kept in the run's folder until the table is printed. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What the measurement itself may add: the fault's moment is read before the fault is made, which takes a signal, a command to
 * the browser or a process; and two clocks are rounded to milliseconds.
 */
export const ALLOWANCE_MS = 250;

export interface Scenario {
  readonly scenario: string;
  /** The reason in the ledger, or what was seen instead of an end. */
  readonly reason: string;
  readonly tier: string;
  /** From the fault, by the test's clock, to the verdict; `null` where nothing was to be detected. */
  readonly measuredMs: number | null;
  /** The product's own bound; `null` where the cause is a command or a restart. */
  readonly boundMs: number | null;
  /** How the fault was made. */
  readonly fault: string;
}

export function recordScenario(folder: string, scenario: Scenario): void {
  mkdirSync(join(folder, "scenarios"), { recursive: true });
  const file = scenario.scenario.replaceAll(/[^a-z0-9]+/gi, "-");
  writeFileSync(join(folder, "scenarios", `${file}.json`), JSON.stringify(scenario));
}

export function readScenarios(folder: string): Scenario[] {
  try {
    const files = readdirSync(join(folder, "scenarios"));
    return files.map((file) => JSON.parse(readFileSync(join(folder, "scenarios", file), "utf8")) as Scenario);
  } catch {
    return [];
  }
}
