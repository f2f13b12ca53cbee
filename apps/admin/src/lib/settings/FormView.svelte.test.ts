import { heartbeatBoundMs, presetSettings, settingFields } from "@lastbeat/core/settings";
import { TRPCClientError } from "@trpc/client";
import { expect, test, vi } from "vitest";
import { render } from "vitest-browser-svelte";
import type { AdminApi } from "#lib/api/adminApi.ts";
import { seconds } from "#lib/format.ts";
import { settingsView } from "#lib/testing.ts";
import BoundPanel from "./BoundPanel.svelte";
import FormView from "./FormView.svelte";
import PreviewPanel from "./PreviewPanel.svelte";
import { saveSettings } from "./saveSettings.ts";
import { SettingsForm } from "./settingsForm.svelte.ts";

function refusal(data: Record<string, unknown>): Error {
  return TRPCClientError.from({ error: { message: "refused", code: -32600, data } });
}

function settingsApi(save: AdminApi["settings"]["save"]["mutate"]): AdminApi {
  return { settings: { save: { mutate: save } } } as unknown as AdminApi;
}

async function show(form: SettingsForm, onsave = () => {}) {
  const screen = await render(FormView, { form, canSave: true, onsave });
  const panel = await render(BoundPanel, { form });
  return { screen, panel };
}

test("HB7 the form shows the detection bound that what is typed would give, as it is typed", async () => {
  const { screen, panel } = await show(new SettingsForm(settingsView()));
  await expect.element(panel.getByTestId("heartbeat-bound")).toHaveTextContent("90.1 s");

  await screen.getByLabelText(settingFields.heartbeatIntervalMs.label).fill("10");
  await screen.getByLabelText(settingFields.heartbeatPongTimeoutMs.label).fill("4");
  await screen.getByLabelText(settingFields.heartbeatMaxFailures.label).fill("2");

  await expect.element(panel.getByTestId("heartbeat-bound")).toHaveTextContent("18.1 s");
  await expect.element(panel.getByText(/currently 90\.1 s/)).toBeVisible();
});

test("HB9 the form shows the outage that surely survives beside the bound, as it is typed, and whether a grace follows", async () => {
  const { screen, panel } = await show(new SettingsForm(settingsView()));
  await expect.element(panel.getByTestId("survived-outage")).toHaveTextContent("29.7 s");
  await screen.getByRole("button", { name: "low-latency" }).click();
  await expect.element(panel.getByTestId("survived-outage")).toHaveTextContent("2.7 s");
  await expect.element(panel.getByText(/currently 29\.7 s/)).toBeVisible();
  await expect.element(panel.getByText(/it is kept for/)).toBeVisible();
  await screen.getByLabelText(settingFields.resumeGraceMs.label).fill("0");
  await expect.element(panel.getByText(/no resume grace/)).toBeVisible();
});

test("SET4 the preview says what becomes of sessions once it is saved, and of how many", async () => {
  const preview = {
    heartbeatBoundMs: 1,
    idleBoundMs: 1,
    heartbeatsPerSecond: 2,
    bytesPerSecond: 32,
    endsSooner: 0,
    healthyEnded: 0,
    silencesReplayed: 0,
    wouldBeSuspect: [],
    wouldBeDead: [],
    wouldBeWarned: ["a", "b"],
    wouldBeUnwarned: [],
    wouldBeIdle: [],
    wouldBeTooOld: ["c"],
    protectedBeats: 14,
  };
  const api = { settings: { preview: { query: () => Promise.resolve(preview) } } } as unknown as AdminApi;
  const panel = await render(PreviewPanel, { form: new SettingsForm(settingsView()), api });
  await expect
    .element(panel.getByTestId("saved-effects"))
    .toMatchTextContent(/still there 2 sessions.*longest session time 1 session/);
  await expect.element(panel.getByText(/14 heartbeats already outstanding for longer/)).toBeVisible();
  await expect.element(panel.getByText(/suspect/)).not.toBeInTheDocument();
});

test("SET2 a broken rule across fields is said at the one field it names, and nothing can be saved", async () => {
  const { screen } = await show(new SettingsForm(settingsView()));
  await screen.getByLabelText(settingFields.heartbeatPongTimeoutMs.label).fill("40");

  await expect.element(screen.getByText("must not be longer than websocket.heartbeat_interval (30 s), got 40 s")).toBeVisible();
  await expect.element(screen.getByLabelText(settingFields.heartbeatPongTimeoutMs.label)).toHaveAttribute("aria-invalid", "true");
  await expect.element(screen.getByRole("button", { name: "Save for all sessions" })).toBeDisabled();
  expect(document.querySelectorAll("[aria-invalid=true]")).toHaveLength(1);
});

test("SET2 an emptied field is a problem, not a zero", async () => {
  const { screen, panel } = await show(new SettingsForm(settingsView()));
  await screen.getByLabelText(settingFields.resumeGraceMs.label).fill("");

  await expect.element(screen.getByText("a value is needed")).toBeVisible();
  await screen.getByLabelText(settingFields.heartbeatIntervalMs.label).fill("often");
  await expect.element(panel.getByText(/once every field holds a number/)).toBeVisible();
});

test("a preset fills the form, and saving it is still up to the operator", async () => {
  const form = new SettingsForm(settingsView());
  const onsave = vi.fn();
  const { screen, panel } = await show(form, onsave);
  await screen.getByRole("button", { name: "low-latency" }).click();

  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("5");
  await expect
    .element(panel.getByTestId("heartbeat-bound"))
    .toHaveTextContent(seconds(heartbeatBoundMs(presetSettings("low-latency"))));
  expect(onsave).not.toHaveBeenCalled();

  await screen.getByRole("button", { name: "Undo all" }).click();
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("30");
});

test("SET3 only what was changed is sent, with the revision it is based on", async () => {
  const form = new SettingsForm(settingsView(7));
  form.set("heartbeatIntervalMs", "25");
  form.set("memorySoft", "0.80");
  const save = vi.fn().mockResolvedValue(settingsView(8, { heartbeatIntervalMs: 25_000 }));

  expect(await saveSettings(settingsApi(save), form)).toBe(true);

  expect(save).toHaveBeenCalledExactlyOnceWith({ basedOnRevision: 7, values: { heartbeatIntervalMs: 25 } });
  expect(form.view.revision).toBe(8);
  expect(form.changedKeys).toEqual([]);
});

test("SET2 a problem only the server finds is shown at its field until that field is edited", async () => {
  const form = new SettingsForm(settingsView());
  const { screen } = await show(form);
  await screen.getByLabelText(settingFields.maxSessions.label).fill("20");
  const problems = [{ key: "maxSessions", message: "more than this machine can hold" }];
  await saveSettings(settingsApi(vi.fn().mockRejectedValue(refusal({ code: "BAD_REQUEST", problems }))), form);

  await expect.element(screen.getByText("more than this machine can hold")).toBeVisible();
  await screen.getByLabelText(settingFields.maxSessions.label).fill("15");
  await expect.element(screen.getByText("more than this machine can hold")).not.toBeInTheDocument();
});

test("SET3 a stale revision is refused with both values shown, and one's own edits can be kept", async () => {
  const form = new SettingsForm(settingsView(1));
  const { screen } = await show(form);
  await screen.getByLabelText(settingFields.heartbeatIntervalMs.label).fill("25");
  const current = settingsView(2, { heartbeatIntervalMs: 45_000, maxSessions: 50 });
  await saveSettings(settingsApi(vi.fn().mockRejectedValue(refusal({ code: "CONFLICT", current }))), form);

  const row = screen.getByRole("row", { name: /Heartbeat interval/ });
  await expect.element(row).toMatchTextContent(/45 seconds/);
  await expect.element(row).toMatchTextContent(/25 seconds/);

  await screen.getByRole("button", { name: "Keep my edits" }).click();
  await expect.element(screen.getByLabelText(settingFields.heartbeatIntervalMs.label)).toHaveValue("25");
  await expect.element(screen.getByLabelText(settingFields.maxSessions.label)).toHaveValue("50");
  expect(form.view.revision).toBe(2);
  expect(form.changes()).toEqual({ heartbeatIntervalMs: 25 });
});
