import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import System from "../../routes/system/+page.svelte";
import StagedPage from "../pages/StagedPage.test.svelte";
import { stagedApi } from "../pages/testing/stagedApi.ts";

test("WHK6 the System page shows how each webhook goes", async () => {
  const screen = await render(StagedPage, { page: System });
  const row = (name: string) => screen.getByRole("list", { name: "Webhooks" }).getByRole("listitem").filter({ hasText: name });
  await expect
    .element(row("crm-of-the-northern-operations"))
    .toMatchTextContent(/last delivered .*delivered ?1,234,567 none given up/);
  await expect
    .element(row("billing"))
    .toMatchTextContent(/failing since 2 h ago: connect ECONNREFUSED .*waiting ?12,345.*oldest/);
  await expect.element(row("former")).toMatchTextContent(/no longer configured.*Nothing is sent/);
});

test("WHK6 what was given up can be sent again, one by one or all", async () => {
  const mutate = vi.fn(async () => ({ resent: 1 }));
  const api = { webhooks: { ...stagedApi().webhooks, resend: { mutate } } };
  const screen = await render(StagedPage, { page: System, staging: { api } });
  await screen.getByRole("button", { name: "2 given up" }).click();
  await screen.getByRole("button", { name: /Send again the end of session_17/ }).click();
  await screen.getByRole("button", { name: "Send all again" }).click();
  expect(mutate.mock.calls).toEqual([[{ webhook: "billing", ids: [17] }], [{ webhook: "billing", ids: undefined }]]);
});

test("WHK6 a refusal is said", async () => {
  const screen = await render(StagedPage, { page: System });
  await screen.getByRole("button", { name: "2 given up" }).click();
  await screen.getByRole("button", { name: "Send all again" }).click();
  await expect.element(screen.getByRole("alert")).toHaveTextContent("this server is made up");
});

test("WHK6 a server without webhooks shows nothing of them", async () => {
  const api = { webhooks: { list: { query: async () => [] } } };
  const screen = await render(StagedPage, { page: System, staging: { api } });
  await expect.element(screen.getByText("Configuration in force")).toBeVisible();
  expect(screen.getByText("Webhooks").query()).toBeNull();
});
