import type { Overview } from "@lastbeat/api";
import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import type { AdminApi } from "#lib/api/adminApi.ts";
import { NOW_MS } from "#lib/testing.ts";
import ClockNotice from "./ClockNotice.svelte";

const DAY_MS = 86_400_000;

function retention(aheadMs: number, needsLook: boolean): Overview["retention"] {
  return { days: 90, keptFromMs: 0, trustedAtMs: NOW_MS, jump: { aheadMs, sinceAtMs: NOW_MS + aheadMs, needsLook } };
}

test("LED8 a clock that jumped far ahead asks for an operator's look, and only a confirmed one counts", async () => {
  const mutate = vi.fn(async () => {});
  const api = { system: { clockIsRight: { mutate } } } as unknown as AdminApi;
  const screen = await render(ClockNotice, { retention: retention(100 * DAY_MS, true), api });
  await expect.element(screen.getByText(/jumped ahead by 100 d/)).toBeVisible();
  await screen.getByRole("button", { name: "The clock is right…" }).click();
  await expect.element(screen.getByText(/more than 90 days before/)).toBeVisible();
  expect(mutate).not.toHaveBeenCalled();
  await screen.getByRole("button", { name: "It is right" }).click();
  await vi.waitFor(() => expect(mutate).toHaveBeenCalledOnce());
});

test("LED8 a jump of hours, and a clock that was set back, need nobody", async () => {
  const screen = await render(ClockNotice, { retention: retention(DAY_MS / 3, false), api: null });
  await expect.element(screen.getByText(/until it has been steady for an hour\./)).toBeVisible();
  expect(screen.getByRole("button").query()).toBeNull();
  await screen.rerender({ retention: retention(-2 * DAY_MS, false), api: null });
  await expect.element(screen.getByText(/was set back by 2 d/)).toBeVisible();
});

test("LED8 a clock that is right says nothing", async () => {
  const screen = await render(ClockNotice, {
    retention: { days: 90, keptFromMs: 0, trustedAtMs: NOW_MS, jump: null },
    api: null,
  });
  expect(screen.container.textContent?.trim()).toBe("");
});
