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
  toWritten,
  writtenProblem,
} from "@lastbeat/core/settings";
import type { WrittenSettings } from "../api/adminApi.ts";

type Texts = Record<SettingKey, string>;
type Problems = Readonly<Partial<Record<SettingKey, string>>>;

/** A setting two people changed: what is in the form, and what was saved meanwhile. */
export interface Conflict {
  readonly key: SettingKey;
  readonly mine: string;
  readonly saved: string;
}

/** The settings form: what was saved, what is typed, what is wrong with it, and the bounds it would give. */
export class SettingsForm {
  /** The saved settings the edits are based on. */
  view = $state.raw<SettingsView>() as SettingsView;
  texts = $state<Texts>({} as Texts);
  saving = $state(false);
  error = $state<string | null>(null);
  /** The settings as another operator saved them meanwhile. */
  newer = $state.raw<SettingsView | null>(null);
  #refused = $state.raw<Problems>({});

  constructor(view: SettingsView) {
    this.adopt(view);
  }

  readonly saved: Texts = $derived(textsOf(this.view));
  readonly changedKeys: readonly SettingKey[] = $derived(
    settingKeys.filter((key) => Number(this.texts[key]) !== Number(this.saved[key]) || this.texts[key].trim() === ""),
  );
  /** The typed settings in code units; not a number where nothing readable is typed. */
  readonly edited: Settings = $derived(
    Object.fromEntries(settingKeys.map((key) => [key, fromWritten(key, read(this.texts[key]))])) as Settings,
  );
  readonly problems: Problems = $derived({ ...this.#refused, ...problemsOf(this.texts, this.edited) });
  readonly valid: boolean = $derived(Object.keys(problemsOf(this.texts, this.edited)).length === 0);

  /** The bounds the typed settings would give; `null` while one of them cannot be read. */
  readonly bounds: { heartbeatMs: number; soonestMs: number; idleMs: number } | null = $derived.by(() => {
    const bounds = {
      heartbeatMs: heartbeatBoundMs(this.edited),
      soonestMs: heartbeatSoonestMs(this.edited),
      idleMs: idleBoundMs(this.edited),
    };
    return Object.values(bounds).every(Number.isFinite) ? bounds : null;
  });

  readonly conflicts: readonly Conflict[] = $derived.by(() => {
    if (!this.newer) return [];
    const newer = textsOf(this.newer);
    return settingKeys
      .filter((key) => newer[key] !== this.saved[key] && Number(this.texts[key]) !== Number(newer[key]))
      .map((key) => ({ key, mine: this.texts[key], saved: newer[key] }));
  });

  source(key: SettingKey): SettingSource {
    return this.view.settings.find((setting) => setting.key === key)?.source ?? "default";
  }

  set(key: SettingKey, text: string): void {
    this.texts[key] = text;
    this.#refused = Object.fromEntries(Object.entries(this.#refused).filter(([refused]) => refused !== key));
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
    this.adopt(this.view);
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
    this.error = null;
    this.#refused = {};
  }

  /** Bases the edits on what was saved meanwhile: other people's changes come in, one's own stay. */
  rebase(): void {
    if (!this.newer) return;
    const mine = this.changedKeys.map((key) => [key, this.texts[key]] as const);
    this.adopt(this.newer);
    for (const [key, text] of mine) this.texts[key] = text;
  }

  refuse(problems: readonly { key: SettingKey; message: string }[]): void {
    this.#refused = Object.fromEntries(problems.map(({ key, message }) => [key, message]));
  }
}

function textsOf(view: SettingsView): Texts {
  return Object.fromEntries(view.settings.map(({ key, value }) => [key, String(value)])) as Texts;
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
