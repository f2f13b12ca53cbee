/** Earlier settings: those recently in force, those before a given revision, and the difference between two sets. */

import { type SettingKey, settingKeys } from "./fields.ts";
import type { Settings } from "./settings.ts";

/** Changes remembered; more than this is not expected within the span of one verdict. */
const REMEMBERED = 16;

export class EarlierSettings {
  readonly #earlier: { readonly settings: Settings; readonly untilMs: number }[] = [];

  /** Records that `settings` were in force until `untilMs`, milliseconds of observed time. */
  add(settings: Settings, untilMs: number): void {
    this.#earlier.push({ settings, untilMs });
    if (this.#earlier.length > REMEMBERED) this.#earlier.shift();
  }

  /** When the settings last changed, milliseconds of observed time; -1 for never. */
  get changedMs(): number {
    return this.#earlier.at(-1)?.untilMs ?? -1;
  }

  /** The settings in force at `sinceMs` or later, excluding the current ones. */
  since(sinceMs: number): Settings[] {
    return this.#earlier.filter(({ untilMs }) => untilMs >= sinceMs).map(({ settings }) => settings);
  }
}

/**
 * The settings before some revisions, in code units: only the keys that those revisions changed. `newestFirst` must have no gaps.
 * Going back from revision 7 to revision 4 undoes 7, 6 and 5.
 */
export function settingsBefore(newestFirst: Iterable<{ readonly before: Readonly<Partial<Settings>> }>): Partial<Settings> {
  const values: Partial<Settings> = {};
  for (const { before } of newestFirst) Object.assign(values, before);
  return values;
}

/** Some settings, in code units. */
export type SettingValues = Readonly<Partial<Record<SettingKey, number>>>;

/** The values that differ between two settings objects, before and after. */
export function settingsDifference(before: Settings, after: Settings): { before: SettingValues; after: SettingValues } {
  const changed = settingKeys.filter((key) => before[key] !== after[key]);
  const pick = (from: Settings) => Object.fromEntries(changed.map((key) => [key, from[key]]));
  return { before: pick(before), after: pick(after) };
}
