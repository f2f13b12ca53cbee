import { axeProblems } from "@lastbeat/web/testing/axe";
import type { Component } from "svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { render } from "vitest-browser-svelte";
import Overview from "../../routes/+page.svelte";
import History from "../../routes/history/+page.svelte";
import Operators from "../../routes/operators/+page.svelte";
import Sessions from "../../routes/sessions/+page.svelte";
import Session from "../../routes/sessions/[id]/+page.svelte";
import Settings from "../../routes/settings/+page.svelte";
import System from "../../routes/system/+page.svelte";
import StagedPage from "./StagedPage.test.svelte";
import type { Staging } from "./testing/stagedApi.ts";
import { cutReasons, sidewaysProblems } from "./widths.ts";

interface Staged {
  readonly name: string;
  readonly page: Component | null;
  /** Shown once everything that the page asks for has arrived. */
  readonly ready: string | RegExp;
  readonly staging?: Staging;
}

const pages: readonly Staged[] = [
  { name: "sign-in", page: null, ready: /kill -USR2/ },
  { name: "overview", page: Overview, ready: "Bound" },
  { name: "sessions", page: Sessions, ready: /12,345 live/ },
  { name: "session, live", page: Session, ready: "Why it is still alive" },
  { name: "session, ended", page: Session, ready: "Verdict", staging: { ended: true } },
  { name: "history", page: History, ready: "Load more" },
  { name: "system", page: System, ready: "Configuration in force" },
  { name: "operators", page: Operators, ready: /4,711 times/ },
  { name: "settings", page: Settings, ready: "Right now" },
];
const widths = [1440, 1024, 768, 390, 360] as const;

async function open({ page: shown, ready, staging }: Staged, width: number, dark: boolean) {
  await page.viewport(width, width < 700 ? 844 : 900);
  document.documentElement.classList.toggle("dark", dark);
  document.documentElement.lang = "en";
  const screen = await render(StagedPage, { page: shown, ...(staging === undefined ? {} : { staging }) });
  await expect.element(screen.getByText(ready).first()).toBeVisible();
  // Figures of a page that has just come fade in; half-faded they would be judged for their contrast.
  await new Promise((resolve) => setTimeout(resolve, 450));
}

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () =>
    Response.json({ result: { data: { hasAccounts: false, newLinkBy: "signal", oidc: null } } }),
  );
});
afterEach(() => document.documentElement.classList.remove("dark"));

describe.each(pages)("$name", (staged) => {
  test.each(widths)("at %i px nothing sticks out of the page or its panel, and every reason can be read", async (width) => {
    await open(staged, width, false);
    expect(sidewaysProblems()).toEqual([]);
    expect(cutReasons()).toEqual([]);
  });

  test.each([
    ["light", 1440],
    ["dark", 1440],
    ["light", 390],
    ["dark", 390],
  ] as const)("axe finds nothing, %s at %i px", async (mode, width) => {
    await open(staged, width, mode === "dark");
    expect(await axeProblems()).toEqual([]);
  });
});

const viewer = ["sessions:read", "history:read", "settings:read", "system:read", "webhooks:read"] as const;

describe("OPS5 a viewer is offered nothing that the server would refuse", () => {
  const staging: Staging = { rights: viewer };

  test("on a session's page", async () => {
    await open({ name: "session, live", page: Session, ready: "Why it is still alive", staging }, 1440, false);
    expect(page.getByRole("button", { name: /End session/ }).elements()).toEqual([]);
  });

  test("on the settings page", async () => {
    await open({ name: "settings", page: Settings, ready: /Your role may see/, staging }, 1440, false);
    expect(page.getByRole("button", { name: /Restore|Save|low-latency/ }).elements()).toEqual([]);
    await expect.element(page.getByRole("spinbutton").or(page.getByRole("textbox")).first()).toBeDisabled();
  });

  test("on the system page", async () => {
    await open({ name: "system", page: System, ready: "Configuration in force", staging }, 1440, false);
    await expect.element(page.getByLabelText("Level of the log")).toBeDisabled();
  });
});

test("OPS5 an operator is offered to end a session and to restore settings", async () => {
  await open({ name: "session, live", page: Session, ready: "Why it is still alive" }, 1440, false);
  await expect.element(page.getByRole("button", { name: /End session/ })).toBeVisible();
  await open({ name: "settings", page: Settings, ready: "Right now" }, 1440, false);
  await expect.element(page.getByRole("button", { name: /Restore/ }).first()).toBeVisible();
});
