/** What axe finds wrong with a page, for tests in a real browser. */
import axe from "axe-core";

/** What axe looks for: WCAG 2.2, A and AA, and its own good practices. */
export const axeRun = {
  runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  resultTypes: ["violations"],
} satisfies axe.RunOptions;

export interface AxeOptions {
  /** Rules left out: a component on its own has no landmarks, for instance. */
  readonly without?: readonly string[];
}

/** What is wrong with the page that this runs in. Empty when it is clean. */
export async function axeProblems({ without = [] }: AxeOptions = {}): Promise<string[]> {
  const rules = Object.fromEntries(without.map((id) => [id, { enabled: false }]));
  const { violations } = await axe.run({ ...axeRun, rules });
  return axeLines(violations);
}

/** One line for each element that breaks a rule: `color-contrast: .muted > span: … 3.9 …`. */
export function axeLines(violations: readonly axe.Result[]): string[] {
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${help}: ${failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}
