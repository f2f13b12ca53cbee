import type { LogView } from "@lastbeat/api";
import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import type { AdminApi } from "#lib/api/adminApi.ts";
import LogFacts from "./LogFacts.svelte";

const log: LogView = { level: "info", configured: "info", format: "text", file: "/srv/lastbeat/logs/app.log" };

const apiWith = (mutate: (input: { level: LogView["level"] }) => Promise<LogView>) =>
  ({ system: { setLogLevel: { mutate: vi.fn(mutate) } } }) as unknown as AdminApi;

test("LOG3 the level is changed at once, and the page says that the next start has another", async () => {
  const api = apiWith(async ({ level }) => ({ ...log, level }));
  const screen = await render(LogFacts, { log, api });
  const select = screen.getByRole("combobox", { name: "Level of the log" });
  await expect.element(select).toHaveValue("info");
  await select.selectOptions("debug: each heartbeat");
  expect(api.system.setLogLevel.mutate).toHaveBeenCalledWith({ level: "debug" });
  await expect.element(screen.getByText("until the next start, which has info")).toBeVisible();
  await screen.rerender({ log: { ...log }, api });
  await expect.element(select).toHaveValue("info");
});

test("LOG3 a change that is refused is explained, and the level stays", async () => {
  const refuse = async () => {
    throw new Error("this requires the right system:write");
  };
  const screen = await render(LogFacts, { log, api: apiWith(refuse) });
  const select = screen.getByRole("combobox", { name: "Level of the log" });
  await select.selectOptions("error: errors only");
  await expect.element(screen.getByText(/requires the right system:write/)).toBeVisible();
  await expect.element(select).toHaveValue("info");
});

test("LOG3 without a connection nothing can be changed", async () => {
  const screen = await render(LogFacts, { log, api: null });
  await expect.element(screen.getByRole("combobox", { name: "Level of the log" })).toBeDisabled();
});
