/** What a revision changed, in written units. Pure. */
import type { SettingsRevision } from "@lastbeat/api";
import { type SettingKey, settingFields, settingKeys, toWritten } from "@lastbeat/core/settings";
import { unitText } from "./words.ts";

export interface SettingChange {
  readonly key: SettingKey;
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

export function revisionChanges({ before, after }: SettingsRevision): SettingChange[] {
  return settingKeys
    .filter((key) => after[key] !== undefined)
    .map((key) => ({ key, label: settingFields[key].label, before: show(key, before[key]), after: show(key, after[key]) }));
}

function show(key: SettingKey, value: number | undefined): string {
  return value === undefined ? "unset" : `${toWritten(key, value)} ${unitText(settingFields[key].unit)}`.trim();
}
