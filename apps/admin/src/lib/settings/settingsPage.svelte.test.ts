import type { SettingsRevision, SettingsView } from "@lastbeat/api";
import { type Settings, settingFields, settingsBefore } from "@lastbeat/core/settings";
import { TRPCClientError } from "@trpc/client";
import { beforeEach, expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import SettingsRoute from "../../routes/settings/+page.svelte";
import StagedPage from "../pages/StagedPage.test.svelte";
import { stagedApi } from "../pages/testing/stagedApi.ts";
import { NOW_MS, settingsView } from "../testing.ts";

/** A server whose settings others change too, as the real one keeps them. */
class SettingsServer {
  revisions: SettingsRevision[] = [];
  readonly configured: Partial<Settings> = { heartbeatIntervalMs: 30_000, maxSessions: 10_000, memorySoft: 0.8 };

  get values(): Partial<Settings> {
    return Object.assign({}, this.configured, ...this.revisions.toReversed().map(({ after }) => after));
  }

  get view(): SettingsView {
    return settingsView(this.revisions.length, this.values);
  }

  put(author: string, after: Partial<Settings>): SettingsView {
    const now = this.values;
    const before = Object.fromEntries(Object.keys(after).map((key) => [key, now[key as keyof Settings]]));
    this.revisions = [{ revision: this.revisions.length + 1, author, atMs: NOW_MS, before, after }, ...this.revisions];
    return this.view;
  }

  restore = vi.fn(async ({ revision }: { revision: number; basedOnRevision: number }) =>
    this.put("operator", settingsBefore(this.revisions.slice(0, this.revisions.length - revision))),
  );
  save = vi.fn(async ({ basedOnRevision }: { basedOnRevision: number; values: object }) => {
    if (basedOnRevision === this.revisions.length) return this.put("operator", { heartbeatIntervalMs: 20_000 });
    const data = { code: "CONFLICT", current: this.view };
    throw TRPCClientError.from({ error: { message: "changed meanwhile", code: -32009, data } });
  });

  open() {
    const answers = {
      get: { query: async () => this.view },
      revisions: { query: async ({ limit }: { limit: number }) => this.revisions.slice(0, limit) },
      preview: stagedApi().settings.preview,
      save: { mutate: this.save },
      restore: { mutate: this.restore },
    };
    const overviewFeed = () => ({ overview: { settingsRevision: this.revisions.length } });
    return render(StagedPage, { page: SettingsRoute, staging: { overviewFeed, api: { settings: answers } } });
  }
}

let server: SettingsServer;
beforeEach(() => {
  sessionStorage.clear();
  server = new SettingsServer();
  server.put("Ada", { heartbeatIntervalMs: 25_000 });
});

test("SET3 a revision saved by somebody else reaches an open page by itself, and says whose it is", async () => {
  const screen = await server.open();
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("25");
  server.put("Bob", { heartbeatIntervalMs: 45_000 });
  await expect.element(screen.getByText("Revision 2 by Bob is in force and is shown here.")).toBeVisible();
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("45");
  await expect.element(screen.getByText("Heartbeat interval: 25 → 45 seconds")).toBeVisible();
  await expect.element(screen.getByText("Revision 2", { exact: true })).toBeVisible();
});

test("SET3 it leaves unsaved edits alone, and takes in what nobody edits here", async () => {
  const screen = await server.open();
  await screen.getByLabelText(settingFields.maxSessions.label).fill("500");
  server.put("Bob", { heartbeatIntervalMs: 45_000 });
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("45");
  await expect.element(screen.getByLabelText(settingFields.maxSessions.label)).toHaveValue("500");
  await expect.element(screen.getByText("Your 1 unsaved edit is kept.")).toBeVisible();
  await screen.getByRole("button", { name: "Save for all sessions" }).click();
  expect(server.save).toHaveBeenCalledExactlyOnceWith({ basedOnRevision: 2, values: { maxSessions: 500 } });
});

test("SET3 a field changed under one's hands is marked with both values, and waits for a decision", async () => {
  const screen = await server.open();
  await screen.getByLabelText(settingFields.heartbeatIntervalMs.label).fill("40");
  await screen.getByLabelText(settingFields.maxSessions.label).fill("500");
  server.put("Bob", { heartbeatIntervalMs: 45_000, maxSessions: 20 });
  await expect.element(screen.getByText(/Bob saved 45 seconds meanwhile; you typed 40/)).toBeVisible();
  await expect.element(screen.getByText(/Bob saved 20 meanwhile; you typed 500/)).toBeVisible();
  await expect.element(screen.getByRole("button", { name: "Save for all sessions" })).toBeDisabled();
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("40");

  await screen.getByRole("button", { name: "Take 45 seconds for Heartbeat interval" }).click();
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("45");
  await screen.getByRole("button", { name: `Keep 500 for ${settingFields.maxSessions.label}` }).click();
  await expect.element(screen.getByRole("button", { name: "Save for all sessions" })).toBeEnabled();
  await screen.getByRole("button", { name: "Save for all sessions" }).click();
  expect(server.save).toHaveBeenCalledExactlyOnceWith({ basedOnRevision: 2, values: { maxSessions: 500 } });
});

test("unsaved edits are there again after another page, and the tab is not closed without a question", async () => {
  const first = await server.open();
  const leave = () => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  await expect.element(first.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("25");
  expect(leave()).toBe(false);
  await first.getByLabelText(settingFields.heartbeatIntervalMs.label).fill("40");
  expect(leave()).toBe(true);
  await first.unmount();

  const second = await server.open();
  await expect.element(second.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("40");
  await expect.element(second.getByText(/Your 1 unsaved edit from before is back/)).toBeVisible();
  await second.unmount();

  server.put("Bob", { heartbeatIntervalMs: 45_000 });
  const third = await server.open();
  await expect.element(third.getByText(/saved 45 seconds meanwhile; you typed 40/)).toBeVisible();
  await third.getByRole("button", { name: "Discard my edits" }).click();
  await expect.element(third.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("45");
  expect(leave()).toBe(false);
  await third.unmount();

  const last = await server.open();
  await expect.element(last.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("45");
  await expect.element(last.getByText(/unsaved edit/)).not.toBeInTheDocument();
});

test("SET3 any revision can be restored after a look at what that changes", async () => {
  server.put("Bob", { heartbeatIntervalMs: 45_000 });
  server.put("Cleo", { maxSessions: 20 });
  const screen = await server.open();
  await expect.element(screen.getByText("in force", { exact: true })).toBeVisible();
  await screen.getByRole("button", { name: "Restore revision 1…" }).click();
  const dialog = screen.getByRole("alertdialog");
  await expect.element(dialog.getByText(/Heartbeat interval: 45 seconds.*25 seconds/s)).toBeVisible();
  await expect.element(dialog.getByText(/Max sessions: 20.*10000/s)).toBeVisible();
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();

  await expect.element(screen.getByText("Revision 4", { exact: true })).toBeVisible();
  expect(server.restore).toHaveBeenCalledExactlyOnceWith({ revision: 1, basedOnRevision: 3 });
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("25");
  await expect.element(screen.getByRole("button", { name: "Restore the settings as configured…" })).toBeVisible();
});
