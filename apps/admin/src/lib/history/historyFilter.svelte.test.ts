import { describe, expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import { NOW_MS } from "#lib/testing.ts";
import ExportLinks from "./ExportLinks.svelte";
import HistoryFilters from "./HistoryFilters.svelte";
import {
  emptyFilter,
  exportHref,
  filterFromUrl,
  filterProblem,
  filterToQuery,
  filterToUrl,
  type HistoryFilter,
} from "./historyFilter.ts";

const narrow: HistoryFilter = {
  range: { fromMs: Date.UTC(2026, 0, 14), toMs: Date.UTC(2026, 0, 15, 6, 30) },
  tiers: ["heartbeat", "memory"],
  reasons: ["unreachable", "memory_pressure"],
  user: "Ada & co, ltd",
  text: "100 % gone?",
};

describe("the filter lives in the URL", () => {
  test.each([
    ["nothing set", emptyFilter],
    ["a named range", { ...emptyFilter, range: "7d" as const }],
    ["everything set", narrow],
    ["an open end", { ...emptyFilter, range: { fromMs: NOW_MS, toMs: null } }],
  ])("%s comes back from the URL as it went in", (_, filter) => {
    const url = new URL(`http://localhost/admin/history?${filterToUrl(filter)}`);
    expect(filterFromUrl(url.searchParams)).toEqual(filter);
  });

  test("the empty filter leaves the URL bare", () => {
    expect(filterToUrl(emptyFilter).toString()).toBe("");
  });

  test("what the URL says wrong is left out, not sent to the server", () => {
    const params = new URLSearchParams("range=soon&tier=heartbeat,astral&reason=unreachable,__proto__&from=yesterday");
    expect(filterFromUrl(params)).toEqual({ ...emptyFilter, tiers: ["heartbeat"], reasons: ["unreachable"] });
  });
});

test("an export asks for what is filtered, in the words of REST", () => {
  const url = new URL(exportHref(narrow, NOW_MS, "csv"), "http://localhost");
  expect([url.pathname, Object.fromEntries(url.searchParams)]).toEqual([
    "/api/ends/export",
    {
      format: "csv",
      fromMs: String(Date.UTC(2026, 0, 14)),
      toMs: String(Date.UTC(2026, 0, 15, 6, 30)),
      tier: "heartbeat,memory",
      reason: "unreachable,memory_pressure",
      user: "Ada & co, ltd",
      text: "100 % gone?",
    },
  ]);
  expect(exportHref({ ...emptyFilter, range: "all" }, NOW_MS, "jsonl")).toBe("/api/ends/export?format=jsonl");
});

test("everything that matches can be had in two formats", async () => {
  const screen = await render(ExportLinks, { filter: { ...emptyFilter, range: "all" }, nowMs: NOW_MS });
  const link = screen.getByRole("link", { name: "JSON Lines" });
  await expect.element(link).toHaveAttribute("href", "/api/ends/export?format=jsonl");
  await expect.element(screen.getByRole("link", { name: "CSV" })).toHaveAttribute("download");
});

test("a named range counts back from now; empty parts are not asked for", () => {
  expect(filterToQuery({ ...emptyFilter, range: "1h", user: "  " }, NOW_MS)).toEqual({ fromMs: NOW_MS - 3_600_000 });
  expect(filterToQuery({ ...emptyFilter, range: "all" }, NOW_MS)).toEqual({});
});

test("a reversed range is a problem", () => {
  const range = { fromMs: NOW_MS, toMs: NOW_MS - 1 };
  expect(filterProblem({ ...emptyFilter, range })).toMatch(/end of the range/);
  expect(filterProblem(narrow)).toBeNull();
});

test("clicking a tier adds it to the filter, clicking again takes it out", async () => {
  const onchange = vi.fn();
  const screen = await render(HistoryFilters, { filter: emptyFilter, onchange });
  await screen.getByRole("button", { name: "Memory" }).click();
  expect(onchange).toHaveBeenLastCalledWith({ ...emptyFilter, tiers: ["memory"] });

  await screen.rerender({ filter: { ...emptyFilter, tiers: ["memory"] }, onchange });
  await expect.element(screen.getByRole("button", { name: "Memory" })).toHaveAttribute("aria-pressed", "true");
  await screen.getByRole("button", { name: "Memory" }).click();
  expect(onchange).toHaveBeenLastCalledWith(emptyFilter);
});

test("only reasons of the chosen tiers are offered", async () => {
  const screen = await render(HistoryFilters, { filter: { ...emptyFilter, tiers: ["heartbeat"] }, onchange: () => {} });
  await expect.element(screen.getByRole("option", { name: "unreachable" })).toBeInTheDocument();
  await expect.element(screen.getByRole("option", { name: "idle", exact: true })).not.toBeInTheDocument();
});

test("typing is reported once it rests", async () => {
  const onchange = vi.fn();
  const screen = await render(HistoryFilters, { filter: emptyFilter, onchange });
  await screen.getByLabelText("User").fill("Grace");
  await vi.waitFor(() => expect(onchange).toHaveBeenCalledExactlyOnceWith({ ...emptyFilter, user: "Grace" }));
});
