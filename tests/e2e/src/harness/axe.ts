/** What axe finds wrong with a page as it stands, in the colours of the day and of the night. */
import { axeLines, axeRun } from "@lastbeat/web/testing/axe";
import axe from "axe-core";
import type { Page } from "playwright-core";

/** One line for each element that breaks a rule, with the colours it does so in. Empty when the page is clean. */
export async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const problems: string[] = [];
  for (const mode of ["dark", "light"] as const) {
    await page.locator("html").evaluate((root, dark) => root.classList.toggle("dark", dark), mode === "dark");
    const found = axeLines(await page.evaluate(findViolations, axeRun));
    problems.push(...found.map((problem) => `${mode}: ${problem}`));
  }
  return problems;
}

/** Runs in the page. */
async function findViolations(options: axe.RunOptions): Promise<axe.Result[]> {
  const inPage = (globalThis as unknown as { readonly axe: typeof axe }).axe;
  return (await inPage.run(options)).violations;
}
