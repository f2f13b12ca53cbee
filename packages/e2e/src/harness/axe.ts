/** What axe finds wrong with a page as it stands, in the colours of the day and of the night. */
import axe from "axe-core";
import type { Page } from "playwright-core";

/** WCAG 2.2, A and AA, and axe's own good practices. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** One line for each element that breaks a rule, with the colours it does so in. Empty when the page is clean. */
export async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const problems: string[] = [];
  for (const mode of ["dark", "light"] as const) {
    await page.locator("html").evaluate((root, dark) => root.classList.toggle("dark", dark), mode === "dark");
    const found = await page.evaluate(findProblems, TAGS);
    problems.push(...found.map((problem) => `${mode}: ${problem}`));
  }
  return problems;
}

/** Runs in the page. */
async function findProblems(values: string[]): Promise<string[]> {
  const inPage = (globalThis as unknown as { readonly axe: typeof axe }).axe;
  const { violations } = await inPage.run({ runOnly: { type: "tag", values }, resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}: ${help}`));
}
