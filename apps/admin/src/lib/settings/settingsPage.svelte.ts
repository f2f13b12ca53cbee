import type { SettingsRevision } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/link.ts";
import { SettingsForm } from "./settingsForm.svelte.ts";

/** The form and the revisions. A reconnect refreshes the revisions and leaves what is being typed alone. */
export class SettingsPage {
  form = $state.raw<SettingsForm | null>(null);
  revisions = $state.raw<readonly SettingsRevision[]>([]);
  error = $state<string | null>(null);

  async load(api: AdminApi): Promise<void> {
    try {
      const [view, revisions] = await Promise.all([api.settings.get.query(), api.settings.revisions.query({ limit: 20 })]);
      this.revisions = revisions;
      if (!this.form) this.form = new SettingsForm(view);
      else if (this.form.changedKeys.length === 0) this.form.adopt(view);
      this.error = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }
}
