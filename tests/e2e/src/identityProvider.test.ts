/** An operator signs in through an OpenID provider, in a real browser. */
import { CLIENT_ID, CLIENT_SECRET, startIssuer } from "@lastbeat/support/openIdIssuer";
import { startScratchServer } from "@lastbeat/support/scratchServer";
import { expect, test } from "vitest";
import { Browser } from "./harness/browser.ts";

test("OPS10 one click signs in with the role that the provider gives; without one the page says why not", async () => {
  await using issuer = await startIssuer();
  await using server = await startScratchServer({
    LASTBEAT_OPERATORS_OIDC_ISSUER: issuer.url,
    LASTBEAT_OPERATORS_OIDC_CLIENT_ID: CLIENT_ID,
    LASTBEAT_OPERATORS_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    LASTBEAT_OPERATORS_OIDC_LABEL: "Example ID",
    LASTBEAT_OPERATORS_OIDC_ROLE_CLAIM: "groups",
    LASTBEAT_OPERATORS_OIDC_ADMINS: "admins",
  });
  await using browser = await Browser.launch();
  const page = await browser.newPage();
  const signIn = page.getByRole("link", { name: "Sign in with Example ID" });

  issuer.user = { sub: "1", email: "ada@example.com", groups: ["cooks"] };
  await page.goto(`${server.http}/admin`);
  await signIn.click();
  await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/nobody has given you a role here/);
  expect(new URL(page.url()).search).toBe("");

  issuer.user = { ...issuer.user, groups: ["admins"] };
  await signIn.click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  const me = await page.request.get(`${server.http}/trpc/auth.me`);
  expect(await me.json()).toMatchObject({ result: { data: { admin: "ada@example.com" } } });
});
