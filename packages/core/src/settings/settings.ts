/** The keeper's settings as the code uses them: durations in milliseconds, sizes in bytes, checked as a whole. */

import { LastbeatError } from "../protocol/lastbeatError.ts";
import { type SettingKey, settingFields, settingKeys } from "./fields.ts";

export type Settings = Readonly<Record<SettingKey, number>>;

/** One thing wrong with one setting. */
export interface SettingProblem {
  readonly key: SettingKey;
  readonly message: string;
}

/** The defaults of `fields.ts` in code units. */
export const defaultSettings: Settings = Object.freeze(
  Object.fromEntries(settingKeys.map((key) => [key, fromWritten(key, settingFields[key].default)])),
) as Settings;

/** Turns a value as people write it (seconds, MiB) into the unit the code uses. */
export function fromWritten(key: SettingKey, written: number): number {
  const value = written * settingFields[key].scale;
  return settingFields[key].scale === 1 ? value : Math.round(value);
}

/** Turns a code value into the unit in which people write it. */
export function toWritten(key: SettingKey, value: number): number {
  return value / settingFields[key].scale;
}

/** Says what is wrong with a value in its written unit, or `undefined` when it is allowed. */
export function writtenProblem(key: SettingKey, written: unknown): string | undefined {
  const { min, max, unit, integer } = settingFields[key];
  const unitText = unit === "count" || unit === "fraction" ? "" : ` ${unit}`;
  const expected = `expected ${integer ? "a whole number" : "a number"} from ${min} to ${max}${unitText}`;
  if (typeof written !== "number" || !Number.isFinite(written)) return `${expected}, got ${JSON.stringify(written)}`;
  if (integer && !Number.isInteger(written)) return `${expected}, got ${written}`;
  if (written < min || written > max) return `${expected}, got ${written}`;
  return undefined;
}

interface CrossFieldRule {
  /** The field that is to be changed. */
  readonly key: SettingKey;
  /** The field it is compared with; while that one is out of range itself, the rule says nothing. */
  readonly other: SettingKey;
  readonly holds: (settings: Settings) => boolean;
  readonly message: (settings: Settings) => string;
}

/** No proxy is that impatient; anything shorter would only be a flood. */
const SHORTEST_KEEPALIVE_MS = 1_000;

const show = (settings: Settings, key: SettingKey) => toWritten(key, settings[key]);

const crossFieldRules: readonly CrossFieldRule[] = [
  {
    key: "heartbeatPongTimeoutMs",
    other: "heartbeatIntervalMs",
    holds: (s) => s.heartbeatPongTimeoutMs <= s.heartbeatIntervalMs,
    message: (s) =>
      `must not be longer than websocket.heartbeat_interval (${show(s, "heartbeatIntervalMs")} s), got ${show(s, "heartbeatPongTimeoutMs")} s`,
  },
  {
    key: "idleWarningMs",
    other: "sessionTimeoutMs",
    holds: (s) => s.idleWarningMs < s.sessionTimeoutMs,
    message: (s) =>
      `must be shorter than system.session_timeout (${show(s, "sessionTimeoutMs")} s), got ${show(s, "idleWarningMs")} s`,
  },
  {
    key: "keepaliveMs",
    other: "tickMs",
    holds: (s) => s.keepaliveMs === 0 || s.keepaliveMs >= SHORTEST_KEEPALIVE_MS,
    message: (s) => `must be 0 (off) or at least ${SHORTEST_KEEPALIVE_MS / 1_000} s, got ${show(s, "keepaliveMs")} s`,
  },
  {
    key: "memorySoft",
    other: "memoryHard",
    holds: (s) => s.memorySoft < s.memoryHard,
    message: (s) => `must be below memory.hard (${s.memoryHard}), got ${s.memorySoft}`,
  },
  {
    key: "memoryOk",
    other: "memorySoft",
    holds: (s) => s.memoryOk < s.memorySoft,
    message: (s) => `must be below memory.soft (${s.memorySoft}), got ${s.memoryOk}`,
  },
  {
    key: "tickMs",
    other: "heartbeatPongTimeoutMs",
    holds: (s) => s.tickMs <= s.heartbeatPongTimeoutMs,
    message: (s) =>
      `must not be longer than websocket.heartbeat_pong_timeout (${s.heartbeatPongTimeoutMs} ms), got ${s.tickMs} ms`,
  },
];

/** Checks one complete settings object: each field's range and the rules across fields (rule SET2). At most one message per field. */
export function settingsProblems(settings: Settings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  for (const key of settingKeys) {
    const message = writtenProblem(key, toWritten(key, settings[key]));
    if (message !== undefined) problems.push({ key, message });
  }
  const outOfRange = new Set(problems.map(({ key }) => key));
  for (const { key, other, holds, message } of crossFieldRules) {
    if (outOfRange.has(key) || outOfRange.has(other) || holds(settings)) continue;
    problems.push({ key, message: message(settings) });
  }
  return problems;
}

/** What is thrown when settings break a rule: one issue per field, and the same by the keys of the code as `data`. */
export type InvalidSettings = LastbeatError<"invalid_settings", readonly SettingProblem[]>;

function invalidSettings(problems: readonly SettingProblem[]): InvalidSettings {
  const issues = problems.map(({ key, message }) => ({ field: settingFields[key].path, message }));
  const text = issues.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return new LastbeatError("invalid_settings", text, { issues, data: problems });
}

/**
 * Completes a partial settings object with the defaults and checks it. A field that is `undefined` counts as left out.
 * @throws {InvalidSettings} when a value is out of range or a rule across fields is broken.
 */
export function resolveSettings(partial: Partial<Settings> = {}): Settings {
  const given = Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined));
  const settings: Settings = Object.freeze({ ...defaultSettings, ...given });
  const problems = settingsProblems(settings);
  if (problems.length > 0) throw invalidSettings(problems);
  return settings;
}

/**
 * Checks that the keeper can go over to `after`.
 * @throws {InvalidSettings} when a rule is broken or a setting that is not live differs.
 */
export function checkChange(before: Settings, after: Settings): void {
  const problems = settingsProblems(after);
  for (const key of settingKeys) {
    if (!settingFields[key].live && before[key] !== after[key])
      problems.push({ key, message: "takes effect only at the next start" });
  }
  if (problems.length > 0) throw invalidSettings(problems);
}
