/** The table of scenarios, as text. */
import { tiers } from "@lastbeat/core";
import { ALLOWANCE_MS, type Scenario } from "./scenarios.ts";

const note =
  "measured: from right before the fault, by the test's clock, to the verdict; " +
  `up to ${ALLOWANCE_MS} ms beyond the bound are granted to the measurement.`;

const heading = ["scenario", "reason", "tier", "measured", "bound", "how the fault was made"];

export function scenarioTable(scenarios: readonly Scenario[]): string {
  const rows = [heading, ...[...scenarios].sort(byTier).map(cells)];
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const [first = [], ...others] = rows;
  return [line(first), widths.map((width) => "-".repeat(width)).join("  "), ...others.map(line), "", note].join("\n");
}

/** The four tiers in their order, then operator, server and recovery, then what ended nothing. */
function byTier(a: Scenario, b: Scenario): number {
  return rank(a.tier) - rank(b.tier) || a.reason.localeCompare(b.reason) || a.scenario.localeCompare(b.scenario);
}

function rank(tier: string): number {
  const at = (tiers as readonly string[]).indexOf(tier);
  return at < 0 ? tiers.length : at;
}

function cells({ scenario, reason, tier, measuredMs, boundMs, fault }: Scenario): string[] {
  return [scenario, reason, tier, seconds(measuredMs), seconds(boundMs), fault];
}

function seconds(ms: number | null): string {
  return ms === null ? "-" : `${(ms / 1_000).toFixed(2)} s`;
}
