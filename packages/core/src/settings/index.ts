/** The settings without the keeper, for forms, documentation pages and browsers. */
export {
  boundForReason,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  heartbeatTerms,
  idleBoundMs,
  idleTerms,
  overdueAfterMs,
  pauseProlongsMs,
  SOCKET_BOUND_MS,
} from "./bounds.ts";
export { settingsBefore } from "./earlierSettings.ts";
export { type SettingKey, settingFields, settingKeys } from "./fields.ts";
export { OUTAGE_ROUND_TRIP_MS, survivedOutageMs } from "./outage.ts";
export { type PresetName, presetNames, presetSettings, presets } from "./presets.ts";
export type { SettingField, SettingUnit } from "./settingField.ts";
export {
  defaultSettings,
  fromWritten,
  type InvalidSettings,
  resolveSettings,
  type SettingProblem,
  type Settings,
  settingsProblems,
  toWritten,
  writtenProblem,
} from "./settings.ts";
