import "../../app.css";
import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import { type StagedLink, stagedDial } from "#lib/api/testing/stagedDial.ts";
import { stagedApi } from "#lib/pages/testing/stagedApi.ts";
import UnsavedPage from "./UnsavedPage.test.svelte";

afterEach(() => vi.restoreAllMocks());

test("OPS1 a page whose sign-in ends is greyed and kept as it is, and a new link signs in again in place", async () => {
  await page.viewport(1000, 700);
  let signedIn: string | null = "operator";
  const links: StagedLink[] = [];
  const ports = {
    whoIsSignedIn: async () => (signedIn === null ? null : { name: signedIn, rights: [] }),
    dial: stagedDial((link) => {
      links.push(link);
      queueMicrotask(() => link.welcome(stagedApi()));
    }),
  };
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    asked.push(String(input));
    if (String(input).endsWith("auth.ways"))
      return Response.json({ result: { data: { hasAccounts: false, newLinkBy: "signal", oidc: null } } });
    if (!String(input).endsWith("token=good")) return new Response("", { status: 403 });
    signedIn = "operator";
    return { type: "opaqueredirect", status: 0 } as Response;
  });
  const screen = await render(UnsavedPage, { ports });
  await expect.element(screen.getByText("Live", { exact: true })).toBeVisible();
  await screen.getByLabelText("A setting").fill("not saved yet");

  signedIn = null;
  links.at(-1)?.close(4504);
  await expect.element(screen.getByText("You are signed out.")).toBeVisible();
  await expect.element(screen.getByText("Signed out", { exact: true })).toBeVisible();
  await expect.element(screen.getByRole("main")).toHaveClass("stale");
  await expect.element(screen.getByLabelText("A setting")).toHaveValue("not saved yet");

  await screen.getByRole("button", { name: "I have signed in" }).click();
  await expect.element(screen.getByText("Nobody is signed in on this browser yet.")).toBeVisible();
  const field = screen.getByLabelText(/New sign-in link/);
  await field.fill("http://localhost:8000/admin/sign-in?token=used");
  await userEvent.keyboard("{Enter}");
  await expect.element(screen.getByText(/This link does not work/)).toBeVisible();
  await field.fill("http://localhost:8000/admin/sign-in?token=good");
  await userEvent.keyboard("{Enter}");
  await expect.element(screen.getByText("Live", { exact: true })).toBeVisible();
  await expect.element(screen.getByRole("main")).not.toHaveClass("stale");
  await expect.element(screen.getByLabelText("A setting")).toHaveValue("not saved yet");
  expect(asked.filter((url) => url.includes("sign-in"))).toHaveLength(2);
});
