/** The keeper's settings in code units (milliseconds, bytes), and their validation. */

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

/** Converts a value from its written unit (seconds, MiB) to code units. */
export function fromWritten(key: SettingKey, written: number): number {
  const value = written * settingFields[key].scale;
  return settingFields[key].scale === 1 ? value : Math.round(value);
}

/** Converts a value from code units to its written unit. */
export function toWritten(key: SettingKey, value: number): number {
  return value / settingFields[key].scale;
}

/** Describes what is wrong with a value in its written unit; `undefined` when it is valid. */
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
  /** The field to report the problem on. */
  readonly key: SettingKey;
  /** The field it is compared with. While that one is out of range itself, the rule is not checked. */
  readonly other: SettingKey;
  readonly holds: (settings: Settings) => boolean;
  readonly message: (settings: Settings) => string;
}

/** No proxy times out faster than this; anything shorter would only flood the network. */
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

/** Validates a complete settings object: ranges and cross-field rules (rule SET2). At most one problem per field. */
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

/** Thrown when settings break a rule: one issue per field, and as `data` the same problems by setting key. */
export type InvalidSettings = LastbeatError<"invalid_settings", readonly SettingProblem[]>;

function invalidSettings(problems: readonly SettingProblem[]): InvalidSettings {
  const issues = problems.map(({ key, message }) => ({ field: settingFields[key].path, message }));
  const text = issues.map(({ field, message }) => `${field}: ${message}`).join("; ");
  return new LastbeatError("invalid_settings", text, { issues, data: problems });
}

/**
 * Completes a partial settings object with the defaults and validates it. A field that is `undefined` counts as omitted.
 * @throws {InvalidSettings} when a value is out of range or a cross-field rule is broken.
 */
export function resolveSettings(partial: Partial<Settings> = {}): Settings {
  const given = Object.fromEntries(Object.entries(partial).filter(([, value]) => value !== undefined));
  const settings: Settings = Object.freeze({ ...defaultSettings, ...given });
  const problems = settingsProblems(settings);
  if (problems.length > 0) throw invalidSettings(problems);
  return settings;
}

/**
 * Checks that the settings may change from `before` to `after` while the keeper runs.
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
