import { afterEach, expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import SignInAlone from "./SignInAlone.test.svelte";

afterEach(() => vi.restoreAllMocks());

test("a lost link is replaced by a signal, which ends nobody's session", async () => {
  const screen = await render(SignInAlone, { ways: { hasAccounts: false, newLinkBy: "signal", oidc: null } });
  await expect.element(screen.getByText(/signal SIGUSR2: it prints a new link and keeps running/)).toBeVisible();
  await expect.element(screen.getByText("kill -USR2 ‹process id›")).toBeVisible();
  await expect.element(screen.getByText(/Start the server again/)).not.toBeInTheDocument();
});

test("on Windows, which has no such signal, it says to start the server again, and what that costs", async () => {
  const screen = await render(SignInAlone, { ways: { hasAccounts: false, newLinkBy: "restart", oidc: null } });
  await expect.element(screen.getByText(/Start the server again.*Every session ends with the restart/s)).toBeVisible();
  await expect.element(screen.getByText(/SIGUSR2/)).not.toBeInTheDocument();
});

const withAccounts = { hasAccounts: true, newLinkBy: "signal", oidc: null } as const;

test("OPS6 name and password are sent as JSON; a refusal is said, and the name stays", async () => {
  const sent: unknown[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    sent.push([
      new URL(String(input), location.href).pathname.endsWith("/admin/sign-in"),
      init?.method,
      JSON.parse(String(init?.body)),
    ]);
    return Response.json({ error: { message: "the name or the password is wrong" } }, { status: 401 });
  });
  const screen = await render(SignInAlone, { ways: withAccounts });
  await screen.getByLabelText("Name").fill("ada");
  await screen.getByLabelText("Password").fill("wrong");
  await screen.getByRole("button", { name: "Sign in" }).click();
  await expect.element(screen.getByRole("alert")).toHaveTextContent("The name or the password is wrong.");
  expect(sent).toEqual([[true, "POST", { name: "ada", password: "wrong" }]]);
  await expect.element(screen.getByLabelText("Name")).toHaveValue("ada");
});

test("OPS6 a good password connects the page", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null, { status: 204 }));
  const whoIsSignedIn = vi.fn(async () => null);
  const screen = await render(SignInAlone, { ways: withAccounts, whoIsSignedIn });
  await screen.getByLabelText("Name").fill("ada");
  await screen.getByLabelText("Password").fill("right");
  await screen.getByRole("button", { name: "Sign in" }).click();
  await expect.poll(() => whoIsSignedIn.mock.calls.length).toBe(1);
  await expect.element(screen.getByLabelText("Password")).toHaveValue("");
});

test("OPS10 the identity provider has a button", async () => {
  const screen = await render(SignInAlone, { ways: { ...withAccounts, oidc: "Example" } });
  await expect.element(screen.getByRole("link", { name: "Sign in with Example" })).toHaveAttribute("href", "/admin/oidc/sign-in");
});

test("OPS10 a sign-in that the identity provider did not grant is explained, once", async () => {
  const before = location.href;
  history.replaceState(null, "", "?sign_in_problem=no_role");
  const screen = await render(SignInAlone, { ways: { ...withAccounts, oidc: "Example" } });
  await expect.element(screen.getByRole("alert")).toBeVisible();
  await expect.element(screen.getByText(/nobody has given you a role here/)).toBeVisible();
  expect(location.search).toBe("");
  history.replaceState(null, "", before);
});

test("OPS10 only the server's own words are shown", async () => {
  const before = location.href;
  history.replaceState(null, "", "?sign_in_problem=Call+0900-12345");
  const screen = await render(SignInAlone, { ways: withAccounts });
  await expect.element(screen.getByLabelText("Name")).toBeVisible();
  await expect.element(screen.getByRole("alert")).not.toBeInTheDocument();
  history.replaceState(null, "", before);
});
