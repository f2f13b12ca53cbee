import type { SettingsRevision } from "@lastbeat/api";
import type { AdminApi } from "../api/adminApi.ts";
import { errorText } from "../api/errors.ts";
import { keptDraft } from "./settingsDraft.ts";
import { SettingsForm } from "./settingsForm.svelte.ts";

const PAGE_SIZE = 20;
/** As many as the server gives at once. */
const MOST = 500;

/** The form and the revisions, which follow what others save. What is being typed is left alone. */
export class SettingsPage {
  form = $state.raw<SettingsForm | null>(null);
  revisions = $state.raw<readonly SettingsRevision[]>([]);
  error = $state<string | null>(null);
  /** Revisions older than those listed may exist. */
  mayHaveOlder = $state(false);
  #limit = PAGE_SIZE;
  #loading: Promise<void> | null = null;

  /** Asks again. Called while an answer is awaited, it asks once more after that. */
  async load(api: AdminApi): Promise<void> {
    const before = this.#loading;
    const load = (before ?? Promise.resolve()).then(() => this.#load(api));
    this.#loading = load;
    await load;
    if (this.#loading === load) this.#loading = null;
  }

  /** A revision is in force that this page has not seen; its own save tells of itself. */
  async follow(api: AdminApi, revision: number): Promise<void> {
    const { form } = this;
    const seen = form?.newer?.revision ?? form?.view.revision;
    if (!form || form.saving || this.#loading !== null || seen === revision) return;
    await this.load(api);
  }

  async older(api: AdminApi): Promise<void> {
    this.#limit = Math.min(MOST, this.#limit * 5);
    await this.load(api);
  }

  async #load(api: AdminApi): Promise<void> {
    try {
      const [view, revisions] = await Promise.all([
        api.settings.get.query(),
        api.settings.revisions.query({ limit: this.#limit }),
      ]);
      this.revisions = revisions;
      this.mayHaveOlder = revisions.length === this.#limit && this.#limit < MOST;
      if (this.form) this.form.arrived(view, revisions.find(({ revision }) => revision === view.revision)?.author ?? null);
      else this.form = openedForm(view);
      this.error = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

function openedForm(view: ConstructorParameters<typeof SettingsForm>[0]): SettingsForm {
  const form = new SettingsForm(view);
  const draft = keptDraft();
  if (draft) form.resume(draft);
  return form;
}
