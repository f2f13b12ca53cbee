import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import System from "../../routes/system/+page.svelte";
import StagedPage from "../pages/StagedPage.test.svelte";
import { stagedApi, stagedSystem } from "../pages/testing/stagedApi.ts";

test("SET1 the System page shows the configuration with where each value comes from, and no secret", async () => {
  const screen = await render(StagedPage, { page: System });
  const line = (path: string) =>
    screen.getByRole("list", { name: "Configuration" }).getByRole("listitem").filter({ hasText: path });
  await expect.element(line("websocket.heartbeat_pong_timeout")).toMatchTextContent(/20\s*config\/config\.yaml:11:5/);
  await expect.element(line("server.allowed_origins")).toMatchTextContent(/environment LASTBEAT_SERVER_ALLOWED_ORIGINS/);
  await expect.element(line("websocket.heartbeat_interval")).toMatchTextContent(/25\s*saved here/);
  await expect.element(line("ledger.password")).toMatchTextContent(/\(hidden\)/);
  await screen.getByLabelText("Only values that were set").click();
  await expect.element(line("preset").first()).not.toMatchTextContent(/production\s*default/);
  await screen.getByLabelText("Find a key or a value").fill("origins");
  await expect
    .element(screen.getByRole("list", { name: "Configuration" }).getByRole("listitem"))
    .toMatchTextContent(/allowed_origins/);
});

test("LED6 it says how each run ended, what waits for the ledger, how large that is, and why it takes in nothing", async () => {
  const screen = await render(StagedPage, { page: System });
  await expect.element(screen.getByRole("row", { name: /^2 / })).toMatchTextContent(/died\s*last alive/);
  await expect.element(screen.getByRole("row", { name: /^1 / })).toMatchTextContent(/stopped in order/);
  await expect.element(screen.getByText(/321 of at most 10,000/)).toBeVisible();
  await expect.element(screen.getByText(/3\.2 GiB, 120 MiB of it free for reuse/)).toBeVisible();
  await expect.element(screen.getByText(/not ready: the disk is full/)).toBeVisible();
  await expect.element(screen.getByText("12,400 of 65,536")).toBeVisible();
  await expect.element(screen.getByText(/with 12,345 sessions/)).toBeVisible();
});

test("a state that cannot be read is said, and what was known stays", async () => {
  const query = vi.fn().mockResolvedValueOnce(stagedSystem).mockRejectedValue(new Error("the query took longer than 5 s"));
  const api = { system: { ...stagedApi().system, view: { query } } };
  const screen = await render(StagedPage, { page: System, staging: { api } });
  await expect.element(screen.getByText("Configuration in force")).toBeVisible();
  document.dispatchEvent(new Event("visibilitychange"));
  await expect.element(screen.getByRole("alert")).toHaveTextContent("the query took longer than 5 s");
  await expect.element(screen.getByText("Configuration in force")).toBeVisible();
});
