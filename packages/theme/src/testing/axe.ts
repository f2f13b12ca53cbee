/** What axe finds wrong with a page, for tests in a real browser. */
import axe from "axe-core";

/** WCAG 2.2, A and AA, and axe's own good practices. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export interface AxeOptions {
  /** Rules left out: a component on its own has no landmarks, for instance. */
  readonly without?: readonly string[];
}

/** One line for each element that breaks a rule: `color-contrast: .muted > span: … 3.9 …`. Empty when the page is clean. */
export async function axeProblems({ without = [] }: AxeOptions = {}): Promise<string[]> {
  const rules = Object.fromEntries(without.map((id) => [id, { enabled: false }]));
  const { violations } = await axe.run({ runOnly: { type: "tag", values: TAGS }, rules, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${help}: ${failureSummary?.replaceAll(/\s+/g, " ")}`),
  );
}
