/** What a revision changed, and what going back to one would change, in written units. Pure. */
import type { SettingsRevision } from "@lastbeat/api";
import { type SettingKey, type Settings, settingFields, settingKeys, settingsBefore, toWritten } from "@lastbeat/core/settings";
import { valueText } from "./words.ts";

export interface SettingChange {
  readonly key: SettingKey;
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

type Values = Readonly<Partial<Settings>>;

export function revisionChanges({ before, after }: Pick<SettingsRevision, "before" | "after">): SettingChange[] {
  return changes(before, after);
}

/** What would change now by going back to `revision`. `newestFirst` reaches at least that far back, without a hole. */
export function restoreChanges(newestFirst: readonly SettingsRevision[], revision: number): SettingChange[] {
  const since = newestFirst.filter((one) => one.revision > revision);
  const then = settingsBefore(since);
  const now: Partial<Settings> = Object.assign({}, ...since.toReversed().map(({ after }) => after));
  return changes(now, then).filter(({ before, after }) => before !== after);
}

function changes(before: Values, after: Values): SettingChange[] {
  return settingKeys
    .filter((key) => after[key] !== undefined)
    .map((key) => ({ key, label: settingFields[key].label, before: show(key, before[key]), after: show(key, after[key]) }));
}

function show(key: SettingKey, value: number | undefined): string {
  return value === undefined ? "unset" : valueText(key, String(toWritten(key, value)));
}
