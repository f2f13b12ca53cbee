import type { NewToken, TokenView } from "@lastbeat/api";
import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import type { AdminApi } from "#lib/api/adminApi.ts";
import { NOW_MS } from "#lib/testing.ts";
import TokensPanel from "./TokensPanelInClock.test.svelte";

const grafana: TokenView = {
  id: "1a2b3c4d5e",
  name: "grafana",
  scopes: ["sessions:read", "history:read"],
  createdAtMs: NOW_MS - 3 * 86_400_000,
  expiresAtMs: NOW_MS + 2 * 86_400_000,
  lastUsedAtMs: NOW_MS - 60_000,
};
const SECRET = `lb_${"x".repeat(43)}`;

/** A server that keeps tokens as the real one does. */
function fakeServer(...tokens: TokenView[]) {
  let list: readonly TokenView[] = tokens;
  const create = vi.fn(
    async ({ name, scopes }: { name: string; scopes: TokenView["scopes"]; days: number | null }): Promise<NewToken> => {
      if (list.some((token) => token.name === name)) throw new Error(`there is a token named ${name}; revoke it first`);
      const made = { id: `id-${name}`, name, scopes, createdAtMs: NOW_MS, expiresAtMs: null, lastUsedAtMs: null };
      list = [...list, made];
      return { ...made, token: SECRET };
    },
  );
  const revoke = vi.fn(async ({ id }: { id: string }) => {
    list = list.filter((token) => token.id !== id);
  });
  const api = { tokens: { list: { query: async () => list }, create: { mutate: create }, revoke: { mutate: revoke } } };
  return { api: api as unknown as AdminApi, create, revoke };
}

test("tokens are listed with what they may do, when they were made and when they were last used", async () => {
  const unused = {
    ...grafana,
    id: "2",
    name: "deploy",
    scopes: ["sessions:read", "sessions:end"],
    expiresAtMs: null,
    lastUsedAtMs: null,
  } as const;
  const screen = await render(TokensPanel, fakeServer(grafana, unused));
  const [first, second] = [screen.getByRole("listitem").first(), screen.getByRole("listitem").last()];
  await expect
    .element(first)
    .toMatchTextContent(
      /grafana\s*see live sessions, see and export ended sessions\s*created\s*3 d ago\s*expires\s*.*\s*last used\s*1 min ago/,
    );
  await expect
    .element(second)
    .toMatchTextContent(/deploy\s*see live sessions, end sessions\s*created\s*3 d ago\s*expires\s*never\s*last used\s*never/);
});

test("a token is made with its name and scope, and shown until it is dismissed", async () => {
  const { api, create } = fakeServer();
  const screen = await render(TokensPanel, { api });
  await expect.element(screen.getByText(/No tokens yet/)).toBeVisible();
  await screen.getByLabelText("Name").fill(" deploy ");
  await screen.getByLabelText("end sessions", { exact: true }).click();
  await screen.getByLabelText("see and export ended sessions").click();
  await screen.getByLabelText("Valid").selectOptions("30 days");
  await screen.getByRole("button", { name: "Create token" }).click();

  await expect.element(screen.getByText(SECRET)).toBeVisible();
  await expect.element(screen.getByText(/it is not shown again/)).toBeVisible();
  expect(create).toHaveBeenCalledExactlyOnceWith({ name: "deploy", scopes: ["sessions:read", "sessions:end"], days: 30 });
  await expect.element(screen.getByLabelText("Name")).toHaveValue("");
  await expect.element(screen.getByRole("listitem")).toMatchTextContent(/deploy/);

  await screen.getByRole("button", { name: "Done" }).click();
  await expect.element(screen.getByText(SECRET)).not.toBeInTheDocument();
  expect(document.body.innerHTML).not.toContain(SECRET);
});

test("the new token is copied, and selected where a page may not copy", async () => {
  const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue(undefined);
  const screen = await render(TokensPanel, fakeServer());
  await screen.getByLabelText("Name").fill("ci");
  await screen.getByRole("button", { name: "Create token" }).click();
  await screen.getByRole("button", { name: "Copy" }).click();
  await expect.element(screen.getByRole("button", { name: "Copied" })).toBeVisible();
  expect(write).toHaveBeenCalledExactlyOnceWith(SECRET);

  write.mockRejectedValue(new Error("not allowed"));
  await screen.getByRole("button", { name: "Copied" }).click();
  await expect.element(screen.getByText(/Copying is not allowed here/)).toBeVisible();
  expect(getSelection()?.toString()).toBe(SECRET);
});

test("a refusal is said at the form, which keeps what was typed", async () => {
  const screen = await render(TokensPanel, fakeServer(grafana));
  await screen.getByLabelText("Name").fill("grafana");
  await screen.getByRole("button", { name: "Create token" }).click();
  await expect.element(screen.getByRole("alert")).toHaveTextContent("there is a token named grafana; revoke it first");
  await expect.element(screen.getByLabelText("Name")).toHaveValue("grafana");
  await expect.element(screen.getByLabelText("Name")).toHaveAttribute("aria-invalid", "true");
});

test("a token is revoked only after it was confirmed", async () => {
  const { api, revoke } = fakeServer(grafana);
  const screen = await render(TokensPanel, { api });
  await screen.getByRole("button", { name: "Revoke grafana…" }).click();
  await screen.getByRole("button", { name: "Keep it" }).click();
  await expect.element(screen.getByRole("alertdialog")).not.toBeInTheDocument();
  expect(revoke).not.toHaveBeenCalled();

  await screen.getByRole("button", { name: "Revoke grafana…" }).click();
  await screen.getByRole("button", { name: "Revoke", exact: true }).click();
  await expect.element(screen.getByText(/No tokens yet/)).toBeVisible();
  expect(revoke).toHaveBeenCalledExactlyOnceWith({ id: grafana.id });
});

test("without a connection nothing can be changed, and a list that cannot be read says so", async () => {
  const offline = await render(TokensPanel, { api: null });
  await expect.element(offline.getByRole("button", { name: "Create token" })).toBeDisabled();
  await offline.unmount();

  const list = { query: vi.fn().mockRejectedValue(new Error("the disk failed")) };
  const screen = await render(TokensPanel, { api: { tokens: { list } } as unknown as AdminApi });
  await expect.element(screen.getByRole("alert")).toMatchTextContent(/the disk failed/);
});
