import { expect, test } from "vitest";
import { render } from "vitest-browser-svelte";
import Overview from "../../routes/+page.svelte";
import StagedPage from "../pages/StagedPage.test.svelte";
import { stagedOverview } from "../pages/testing/stagedApi.ts";

async function figure(label: string, lastHour: { pauses: number; refusals: number }) {
  const screen = await render(StagedPage, { page: Overview, staging: { overview: stagedOverview({ lastHour }) } });
  await expect.element(screen.getByText(label, { exact: true })).toBeVisible();
  return [...screen.container.querySelectorAll("dl > div")].find((box) => box.querySelector("dt")?.textContent === label);
}

const isAmber = (box: Element | undefined) => box?.querySelector("dd")?.classList.contains("text-suspect");

test("TIM2 pauses and refusals of the last hour are amber, with the total beside them", async () => {
  const pauses = await figure("Pauses", { pauses: 3, refusals: 0 });
  expect(pauses?.textContent).toMatch(/3\s*in the last hour; 12 since the start/);
  expect(isAmber(pauses)).toBe(true);
});

test("TIM2 pauses and refusals calm down an hour later, and are not forgotten", async () => {
  const pauses = await figure("Pauses", { pauses: 0, refusals: 0 });
  expect(pauses?.textContent).toMatch(/0\s*in the last hour; 12 since the start, longest 12\.3 s/);
  expect(isAmber(pauses)).toBe(false);
  const refused = [...document.querySelectorAll("dl > div")].find((box) => box.querySelector("dt")?.textContent === "Refused");
  expect(refused?.textContent).toMatch(/0\s*in the last hour; 1,297 since the start: capacity 1,234/);
  expect(isAmber(refused)).toBe(false);
});
