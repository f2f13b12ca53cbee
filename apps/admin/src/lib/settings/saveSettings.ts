import type { SettingsView } from "@lastbeat/api";
import type { SettingKey } from "@lastbeat/core/settings";
import type { AdminApi } from "../api/adminApi.ts";
import { errorData, errorText } from "../api/link.ts";
import type { SettingsForm } from "./settingsForm.svelte.ts";

/** Saves the form. A refusal lands in the form, at its field, or as a conflict. @returns whether it was saved. */
export async function saveSettings(api: AdminApi, form: SettingsForm): Promise<boolean> {
  form.saving = true;
  form.error = null;
  try {
    form.adopt(await api.settings.save.mutate({ basedOnRevision: form.view.revision, values: form.changes() }));
    return true;
  } catch (error) {
    const { problems, current } = errorData(error);
    if (Array.isArray(problems)) form.refuse(problems as { key: SettingKey; message: string }[]);
    else if (current) form.newer = current as SettingsView;
    else form.error = errorText(error);
    return false;
  } finally {
    form.saving = false;
  }
}
