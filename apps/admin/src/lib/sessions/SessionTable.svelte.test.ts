import "../../app.css";
import type { LiveRow } from "@lastbeat/api";
import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import { liveSession, NOW_MS } from "#lib/testing.ts";
import ManySessions from "./ManySessions.test.svelte";
import SessionTable from "./SessionTable.svelte";
import type { WindowRows } from "./windowRows.ts";

const sorting = { sort: "age", order: "asc" } as const;
const nothing = { onsort: () => {}, onshow: () => {}, onhold: () => {}, onshowchanges: () => {}, onopen: () => {} };
const props = { nowMs: NOW_MS, sorting, hrefOf: (id: string) => `#${id}`, ...nothing };

const windowOf = (rows: readonly LiveRow[], over: Partial<WindowRows> = {}): WindowRows => ({
  total: rows.length,
  offset: 0,
  ids: rows.map(({ id }) => id),
  ended: new Set<string>(),
  changes: 0,
  rows: new Map(rows.map((row) => [row.id, row])),
  ...over,
});

async function wide() {
  await page.viewport(1400, 800);
}

test("HB3 a session that missed heartbeats is shown as suspect, with its misses", async () => {
  await wide();
  const rows = [
    liveSession(),
    liveSession({ id: "session_0002", user: "Grace", suspect: true, misses: 2, beats: [14, null, null] }),
  ];
  const screen = await render(SessionTable, { window: windowOf(rows), ...props });
  const row = screen.getByRole("row", { name: /Grace/ });

  await expect.element(row.getByText("suspect")).toBeVisible();
  await expect.element(row.getByRole("cell", { name: "2", exact: true })).toBeVisible();
  await expect.element(row.getByRole("img", { name: /2 missed/ })).toBeVisible();
  await expect.element(screen.getByRole("row", { name: /Ada/ }).getByText("active")).toBeVisible();
});

test("a row says age, last seen and last active, and leads to the session", async () => {
  await wide();
  const screen = await render(SessionTable, { window: windowOf([liveSession()]), ...props });
  const row = screen.getByRole("row", { name: /Ada/ });

  await expect.element(row).toMatchTextContent(/1 min 5 s/);
  await expect.element(row).toMatchTextContent(/31 s/);
  await expect.element(row.getByRole("link", { name: "Ada" })).toHaveAttribute("href", "#session_0001");
});

test("OPS2 of 50,000 sessions only those in sight are in the page, and scrolling brings the others", async () => {
  await wide();
  const screen = await render(ManySessions, { count: 50_000 });
  await expect.element(screen.getByRole("link", { name: "user 0", exact: true })).toBeVisible();
  expect(document.querySelectorAll("tbody a").length).toBeLessThan(60);

  const scroller = document.querySelector("table")?.parentElement;
  scroller?.scrollTo({ top: scroller.scrollHeight });
  await expect.element(screen.getByRole("link", { name: "user 49999" })).toBeVisible();
  expect(document.querySelectorAll("tbody a").length).toBeLessThan(60);
});

/** Many sessions, with the keyboard on the first. */
async function keyboardInTable() {
  await wide();
  const onopen = vi.fn();
  const screen = await render(ManySessions, { count: 50_000, onopen });
  const rowOf = (name: string) => screen.getByRole("row", { name: new RegExp(`^${name} `) });
  await expect.element(rowOf("user 0")).toBeVisible();
  await userEvent.tab();
  return { screen, rowOf, onopen };
}

test("OPS2 the keyboard reaches every row, and Enter opens the one it is on", async () => {
  const { rowOf, onopen } = await keyboardInTable();
  await expect.element(rowOf("user 0")).toHaveAttribute("data-active");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}");
  await expect.element(rowOf("user 1")).toHaveAttribute("data-active");
  await userEvent.keyboard("{End}");
  await expect.element(rowOf("user 49999")).toHaveAttribute("data-active");
  await expect.element(rowOf("user 49999")).toBeInViewport();
  await userEvent.keyboard("{PageUp}{Enter}");
  const [[href]] = onopen.mock.calls as [[string]];
  const at = Number(href.replace("#session_", ""));
  expect(at).toBeLessThan(49_999);
  expect(at).toBeGreaterThan(49_950);
  await userEvent.keyboard("{Home}{Enter}");
  await vi.waitFor(() => expect(onopen).toHaveBeenLastCalledWith("#session_0"));
});

test("OPS2 Enter on a row that is still on its way opens it when it is there, unless the keyboard has moved on", async () => {
  const { screen, rowOf, onopen } = await keyboardInTable();
  await screen.rerender({ answers: false });
  await userEvent.keyboard("{End}{Enter}{ArrowUp}");
  await screen.rerender({ answers: true });
  await expect.element(rowOf("user 49998")).toHaveAttribute("data-active");
  expect(onopen).not.toHaveBeenCalled();
  await screen.rerender({ answers: false });
  await userEvent.keyboard("{Home}{Enter}");
  expect(onopen).not.toHaveBeenCalled();
  await screen.rerender({ answers: true });
  await vi.waitFor(() => expect(onopen.mock.calls).toEqual([["#session_0"]]));
});

test("OPS2 rows are held while the pointer or the keyboard is in the table, and only then", async () => {
  await wide();
  const onhold = vi.fn();
  const screen = await render(ManySessions, { count: 100, onhold });
  const last = () => onhold.mock.lastCall?.[0];
  expect(last()).toBe(false);
  await screen.getByRole("link", { name: "user 3", exact: true }).hover();
  await expect.poll(last).toBe(true);
  await userEvent.unhover(screen.getByRole("table"));
  document.querySelector(".relative")?.dispatchEvent(new PointerEvent("pointerleave"));
  await expect.poll(last).toBe(false);
  await userEvent.tab();
  await expect.poll(last).toBe(true);
});

test("OPS2 what has changed meanwhile is said, and shown at a click; who has ended is greyed in place", async () => {
  await wide();
  const onshowchanges = vi.fn();
  const rows = [liveSession(), liveSession({ id: "session_0002", user: "Grace" })];
  const live = windowOf(rows, {
    total: 4,
    ids: ["session_0001", "session_0002", null],
    ended: new Set(["session_0002"]),
    changes: 12,
  });
  const screen = await render(SessionTable, { window: live, ...props, onshowchanges });
  await expect.element(screen.getByRole("row", { name: /Grace/ }).getByText("ended")).toBeVisible();
  expect(document.querySelectorAll("tbody tr")).toHaveLength(4);
  await screen.getByRole("button", { name: "Show 12 changes" }).click();
  expect(onshowchanges).toHaveBeenCalledOnce();
});

test("OPS2 a click on a column's head asks for that order, another one for the other way round", async () => {
  await wide();
  const onsort = vi.fn();
  const window = windowOf([liveSession()]);
  const screen = await render(SessionTable, { window, ...props, onsort });
  await screen.getByRole("button", { name: "Last active" }).click();
  await screen.getByRole("button", { name: "Age" }).click();
  expect(onsort.mock.calls).toEqual([[{ sort: "last_active", order: "desc" }], [{ sort: "age", order: "desc" }]]);
  await expect.element(screen.getByRole("columnheader", { name: "Age" })).toHaveAttribute("aria-sort", "ascending");
});

test("on a narrow page a row fits in 360 pixels", async () => {
  await page.viewport(360, 700);
  const rows = [liveSession({ user: "a name that is far too long for a small page", suspect: true })];
  const screen = await render(SessionTable, { window: windowOf(rows), ...props });
  await expect.element(screen.getByText("suspect")).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
});
