/**
 * Settings that follow another one when only that one was written: whoever shortens `heartbeat_interval` to 5 s should not
 * have to know that the default pong timeout of 20 s no longer fits.
 */
import type { SettingKey, Settings } from "@lastbeat/core";

export interface Dependent {
  readonly key: SettingKey;
  readonly follows: SettingKey;
  /** The greatest value that fits, in code units. */
  readonly atMost: (followed: number) => number;
}

export const dependents: readonly Dependent[] = [
  { key: "heartbeatPongTimeoutMs", follows: "heartbeatIntervalMs", atMost: (intervalMs) => intervalMs },
  { key: "idleWarningMs", follows: "sessionTimeoutMs", atMost: (timeoutMs) => Math.floor(timeoutMs / 2) },
];

/** Lowers a dependent value to fit what it follows, unless it was written at least as deliberately (`rank`) itself. */
export function fitDependents(settings: Settings, rank: (key: SettingKey) => number): Settings {
  const fitted: Record<SettingKey, number> = { ...settings };
  for (const { key, follows, atMost } of dependents) {
    if (rank(key) < rank(follows)) fitted[key] = Math.min(fitted[key], atMost(fitted[follows]));
  }
  return fitted;
}
