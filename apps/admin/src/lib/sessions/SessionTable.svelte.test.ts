import "../../app.css";
import { expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import { liveSession, NOW_MS } from "#lib/testing.ts";
import ManySessions from "./ManySessions.test.svelte";
import SessionTable from "./SessionTable.svelte";

const props = { nowMs: NOW_MS, sort: "newest" as const, hrefOf: (id: string) => `#${id}`, onsort: () => {} };

async function wide() {
  await page.viewport(1400, 800);
}

test("HB3 a session that missed heartbeats is shown as suspect, with its misses", async () => {
  await wide();
  const rows = [
    liveSession(),
    liveSession({ id: "session_0002", user: "Grace", suspect: true, misses: 2, beats: [14, null, null] }),
  ];
  const screen = await render(SessionTable, { rows, ...props });
  const row = screen.getByRole("row", { name: /Grace/ });

  await expect.element(row.getByText("suspect")).toBeVisible();
  await expect.element(row.getByRole("cell", { name: "2", exact: true })).toBeVisible();
  await expect.element(row.getByRole("img", { name: /2 missed/ })).toBeVisible();
  await expect.element(screen.getByRole("row", { name: /Ada/ }).getByText("active")).toBeVisible();
});

test("a row says age, last seen and last active, and leads to the session", async () => {
  await wide();
  const screen = await render(SessionTable, { rows: [liveSession()], ...props });
  const row = screen.getByRole("row", { name: /Ada/ });

  await expect.element(row).toMatchTextContent(/1 m 5 s/);
  await expect.element(row).toMatchTextContent(/31 s/);
  await expect.element(row.getByRole("link", { name: "Ada" })).toHaveAttribute("href", "#session_0001");
});

test("of 50,000 sessions only those in sight are in the page, and scrolling brings the others", async () => {
  await wide();
  const screen = await render(ManySessions, { count: 50_000 });
  await expect.element(screen.getByRole("link", { name: "user 0", exact: true })).toBeVisible();
  expect(document.querySelectorAll("tbody a").length).toBeLessThan(60);

  const scroller = document.querySelector("table")?.parentElement;
  scroller?.scrollTo({ top: scroller.scrollHeight });
  await expect.element(screen.getByRole("link", { name: "user 49999" })).toBeVisible();
  expect(document.querySelectorAll("tbody a").length).toBeLessThan(60);
});

test("a click on a column's head asks for that order", async () => {
  await wide();
  const onsort = vi.fn();
  const screen = await render(SessionTable, { rows: [liveSession()], ...props, onsort });
  await screen.getByRole("button", { name: "Last active" }).click();
  expect(onsort).toHaveBeenCalledExactlyOnceWith("least_active");
});

test("on a narrow page a row fits in 360 pixels", async () => {
  await page.viewport(360, 700);
  const screen = await render(SessionTable, {
    rows: [liveSession({ user: "a name that is far too long for a small page", suspect: true })],
    ...props,
  });
  await expect.element(screen.getByText("suspect")).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
});
