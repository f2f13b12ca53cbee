/** Runs the axe accessibility checks, for tests in a real browser. */
import axe from "axe-core";

/** The rules to check: WCAG 2.2, A and AA, and axe's best practices. */
export const axeRun = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  resultTypes: ["violations"],
} satisfies axe.RunOptions;

export interface AxeOptions {
  /** Rules to skip; for example, a component on its own has no landmarks. */
  readonly without?: readonly string[];
}

/** The violations on the current page; empty when there are none. */
export async function axeProblems({ without = [] }: AxeOptions = {}): Promise<string[]> {
  const rules = Object.fromEntries(without.map((id) => [id, { enabled: false }]));
  const { violations } = await axe.run({ ...axeRun, rules });
  return axeLines(violations);
}

/** One line per element that breaks a rule: `color-contrast: .muted > span: … 3.9 …`. */
export function axeLines(violations: readonly axe.Result[]): string[] {
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${help}: ${failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}
