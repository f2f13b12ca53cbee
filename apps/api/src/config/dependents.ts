/**
 * Settings that adjust to another one when only that one was configured: shortening `heartbeat_interval` to 5 s must not require
 * knowing that the default pong timeout of 20 s no longer fits.
 */
import type { SettingKey, Settings } from "@lastbeat/core";

export interface Dependent {
  readonly key: SettingKey;
  readonly follows: SettingKey;
  /** The largest valid value, in code units. */
  readonly atMost: (followed: number) => number;
}

export const dependents: readonly Dependent[] = [
  { key: "heartbeatPongTimeoutMs", follows: "heartbeatIntervalMs", atMost: (intervalMs) => intervalMs },
  { key: "idleWarningMs", follows: "sessionTimeoutMs", atMost: (timeoutMs) => Math.floor(timeoutMs / 2) },
];

/** Lowers a dependent value to fit the one it follows, unless it comes from an equally strong or stronger source (`rank`). */
export function fitDependents(settings: Settings, rank: (key: SettingKey) => number): Settings {
  const fitted: Record<SettingKey, number> = { ...settings };
  for (const { key, follows, atMost } of dependents) {
    if (rank(key) < rank(follows)) fitted[key] = Math.min(fitted[key], atMost(fitted[follows]));
  }
  return fitted;
}
