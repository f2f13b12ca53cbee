import type { SettingSource, SettingsView } from "@lastbeat/api";
import {
  fromWritten,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  idleBoundMs,
  type PresetName,
  presetSettings,
  type SettingKey,
  type Settings,
  settingFields,
  settingKeys,
  settingsProblems,
  survivedOutageMs,
  toWritten,
  writtenProblem,
} from "@lastbeat/core/settings";
import type { WrittenSettings } from "../api/adminApi.ts";
import { type SettingsDraft, viewOfDraft } from "./settingsDraft.ts";

type Texts = Record<SettingKey, string>;
type Problems = Readonly<Partial<Record<SettingKey, string>>>;

/** A setting two people changed: what is in the form, and what was saved meanwhile. */
export interface Conflict {
  readonly key: SettingKey;
  readonly mine: string;
  readonly saved: string;
}

/** A revision that came in while the page was open, and which fields of the form it changed without asking. */
export interface Arrival {
  readonly revision: number;
  readonly author: string | null;
  readonly changed: readonly { readonly key: SettingKey; readonly before: string; readonly after: string }[];
}

/** The settings form: what was saved, what is typed, what is wrong with it, and the bounds it would give. */
export class SettingsForm {
  /** The saved settings the edits are based on. */
  view = $state.raw<SettingsView>() as SettingsView;
  texts = $state<Texts>({} as Texts);
  saving = $state(false);
  error = $state<string | null>(null);
  /** The settings as another operator saved them meanwhile, while fields changed by both wait for a decision. */
  newer = $state.raw<SettingsView | null>(null);
  newerAuthor = $state<string | null>(null);
  /** What came in last and has not been dismissed. */
  arrival = $state.raw<Arrival | null>(null);
  /** Edits that were kept from an earlier visit are back. */
  draftIsBack = $state(false);
  #refused = $state.raw<Problems>({});
  /** Fields changed by both whose own value stays. */
  #kept = $state.raw<readonly SettingKey[]>([]);

  constructor(view: SettingsView) {
    this.adopt(view);
  }

  readonly saved: Texts = $derived(textsOf(this.view));
  readonly changedKeys: readonly SettingKey[] = $derived(
    settingKeys.filter((key) => Number(this.texts[key]) !== Number(this.saved[key]) || this.texts[key].trim() === ""),
  );
  /** The typed settings in code units; not a number where nothing readable is typed. */
  readonly edited: Settings = $derived(settingsOf(this.texts));
  readonly problems: Problems = $derived({ ...this.#refused, ...problemsOf(this.texts, this.edited) });
  readonly valid: boolean = $derived(Object.keys(problemsOf(this.texts, this.edited)).length === 0);

  /** The bounds the typed settings would give; `null` while one of them cannot be read. */
  readonly bounds: { heartbeatMs: number; soonestMs: number; idleMs: number; outageMs: number } | null = $derived.by(() => {
    const bounds = {
      outageMs: survivedOutageMs(this.edited),
      heartbeatMs: heartbeatBoundMs(this.edited),
      soonestMs: heartbeatSoonestMs(this.edited),
      idleMs: idleBoundMs(this.edited),
    };
    return Object.values(bounds).every(Number.isFinite) ? bounds : null;
  });

  /** The outage that surely survives with what is saved. */
  readonly savedOutageMs: number = $derived(survivedOutageMs(settingsOf(this.saved)));

  /** Fields that this form and somebody else changed, to different values, and nobody has decided on yet. */
  readonly conflicts: readonly Conflict[] = $derived.by(() => {
    const { newer } = this;
    return newer === null ? [] : this.#conflictsWith(newer).filter(({ key }) => !this.#kept.includes(key));
  });

  source(key: SettingKey): SettingSource {
    return this.view.settings.find((setting) => setting.key === key)?.source ?? "default";
  }

  set(key: SettingKey, text: string): void {
    this.texts[key] = text;
    this.#refused = Object.fromEntries(Object.entries(this.#refused).filter(([refused]) => refused !== key));
  }

  /** Decides a conflict: one's own value stays, to be saved over the other one. */
  keepMine(key: SettingKey): void {
    this.#kept = [...this.#kept, key];
    this.#rebaseWhenDecided();
  }

  /** Decides a conflict: the value that was saved meanwhile comes in. */
  takeTheirs(key: SettingKey): void {
    const conflict = this.conflicts.find((one) => one.key === key);
    if (conflict) this.set(key, conflict.saved);
    this.#rebaseWhenDecided();
  }

  /** Fills the form with a preset; nothing is saved yet. */
  fill(name: PresetName): void {
    const settings = presetSettings(name);
    for (const key of settingKeys) {
      if (settingFields[key].live) this.texts[key] = String(toWritten(key, settings[key]));
    }
    this.#refused = {};
  }

  reset(): void {
    this.adopt(this.newer ?? this.view);
  }

  /** What to send: only what was changed, in written units. */
  changes(): WrittenSettings {
    return Object.fromEntries(this.changedKeys.map((key) => [key, read(this.texts[key])]));
  }

  /** Takes over settings that were saved; edits are dropped. */
  adopt(view: SettingsView): void {
    this.view = view;
    this.texts = textsOf(view);
    this.newer = null;
    this.newerAuthor = null;
    this.error = null;
    this.draftIsBack = false;
    this.#refused = {};
    this.#kept = [];
  }

  /**
   * Takes in settings that somebody else saved. What is typed stays; fields that nobody edits here follow at once; fields that both
   * changed wait for a decision, and so does saving.
   */
  arrived(view: SettingsView, author: string | null): void {
    const { view: seen } = this;
    if (view.revision !== (this.newer ?? seen).revision) this.#kept = [];
    if (this.#conflictsWith(view).some(({ key }) => !this.#kept.includes(key))) {
      this.newer = view;
      this.newerAuthor = author;
      return;
    }
    this.#rebaseOn(view, author);
  }

  /** Bases the edits on what was saved meanwhile: other people's changes come in, one's own stay. */
  rebase(): void {
    if (this.newer) this.#rebaseOn(this.newer, this.newerAuthor);
  }

  refuse(problems: readonly { key: SettingKey; message: string }[]): void {
    this.#refused = Object.fromEntries(problems.map(({ key, message }) => [key, message]));
  }

  /** What to keep when the page is left; `null` without edits. */
  draft(): SettingsDraft | null {
    if (this.changedKeys.length === 0) return null;
    const edits = this.changedKeys.map((key) => [key, { base: Number(this.saved[key]), text: this.texts[key] }] as const);
    return { revision: this.view.revision, edits: Object.fromEntries(edits) };
  }

  /** Brings kept edits back, as if the page had never been left. */
  resume(draft: SettingsDraft): void {
    const { view } = this;
    this.adopt(viewOfDraft(view, draft));
    for (const key of settingKeys) this.texts[key] = draft.edits[key]?.text ?? this.texts[key];
    this.arrived(view, null);
    this.arrival = null;
    this.draftIsBack = this.changedKeys.length > 0;
  }

  #conflictsWith(view: SettingsView): Conflict[] {
    const newer = textsOf(view);
    return this.changedKeys
      .filter((key) => newer[key] !== this.saved[key] && Number(this.texts[key]) !== Number(newer[key]))
      .map((key) => ({ key, mine: this.texts[key], saved: newer[key] }));
  }

  #rebaseWhenDecided(): void {
    if (this.newer !== null && this.conflicts.length === 0) this.rebase();
  }

  #rebaseOn(view: SettingsView, author: string | null): void {
    const before = this.saved;
    const after = textsOf(view);
    const mine = this.changedKeys.map((key) => [key, this.texts[key]] as const);
    const isNew = view.revision !== this.view.revision;
    const { draftIsBack } = this;
    this.adopt(view);
    this.draftIsBack = draftIsBack;
    for (const [key, text] of mine) this.texts[key] = text;
    if (!isNew) return;
    const changed = settingKeys.filter((key) => before[key] !== after[key]);
    this.arrival = {
      revision: view.revision,
      author,
      changed: changed.map((key) => ({ key, before: before[key], after: after[key] })),
    };
  }
}

function textsOf(view: SettingsView): Texts {
  return Object.fromEntries(view.settings.map(({ key, value }) => [key, String(value)])) as Texts;
}

/** Code units; not a number where nothing readable is typed. */
function settingsOf(texts: Texts): Settings {
  return Object.fromEntries(settingKeys.map((key) => [key, fromWritten(key, read(texts[key]))])) as Settings;
}

/** An empty field reads as not a number, never as zero. */
function read(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function problemsOf(texts: Texts, edited: Settings): Problems {
  const problems: Partial<Record<SettingKey, string>> = {};
  for (const key of settingKeys) {
    const problem = texts[key].trim() === "" ? "a value is needed" : writtenProblem(key, read(texts[key]));
    if (problem) problems[key] = problem;
  }
  if (Object.keys(problems).length > 0) return problems;
  return Object.fromEntries(settingsProblems(edited).map(({ key, message }) => [key, message]));
}
