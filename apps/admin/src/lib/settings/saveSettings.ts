import type { SettingsView } from "@lastbeat/api";
import type { SettingKey } from "@lastbeat/core/settings";
import type { AdminApi } from "../api/adminApi.ts";
import { errorData, errorText } from "../api/errors.ts";
import type { SettingsForm } from "./settingsForm.svelte.ts";

/** Saves the form. A refusal lands in the form, at its field, or as a conflict. @returns whether it was saved. */
export function saveSettings(api: AdminApi, form: SettingsForm): Promise<boolean> {
  return put(form, async () => {
    form.adopt(await api.settings.save.mutate({ basedOnRevision: form.view.revision, values: form.changes() }));
    form.arrival = null;
  });
}

/** Goes back to an earlier revision, as a new one; unsaved edits stay. A refusal is thrown, and lands in the form too where it is a conflict. */
export async function restoreRevision(api: AdminApi, form: SettingsForm, revision: number): Promise<void> {
  const basedOnRevision = form.newer?.revision ?? form.view.revision;
  try {
    form.arrived(await api.settings.restore.mutate({ revision, basedOnRevision }), null);
    form.arrival = null;
  } catch (error) {
    const { current } = errorData(error);
    if (current) form.arrived(current as SettingsView, null);
    throw error;
  }
}

async function put(form: SettingsForm, work: () => Promise<void>): Promise<boolean> {
  form.saving = true;
  form.error = null;
  try {
    await work();
    return true;
  } catch (error) {
    const { problems, current } = errorData(error);
    if (Array.isArray(problems)) form.refuse(problems as { key: SettingKey; message: string }[]);
    else if (current) {
      form.arrived(current as SettingsView, null);
      if (form.newer === null)
        form.error = `Not saved: ${errorText(error)}. The changes of others are in the form now; save again if yours still fit.`;
    } else form.error = errorText(error);
    return false;
  } finally {
    form.saving = false;
  }
}
