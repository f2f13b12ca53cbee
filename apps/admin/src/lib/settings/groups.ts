/** How the settings are grouped on the page. Pure; a setting of no group lands in the last. */
import { type SettingKey, settingKeys } from "@lastbeat/core/settings";

export interface SettingGroup {
  readonly title: string;
  readonly about: string;
  readonly keys: readonly SettingKey[];
}

const groups: readonly SettingGroup[] = [
  {
    title: "Heartbeat",
    about: "Tier 2: finds clients that no longer answer.",
    keys: ["heartbeatIntervalMs", "heartbeatMaxFailures", "heartbeatPongTimeoutMs", "keepaliveMs"],
  },
  {
    title: "Timeout",
    about: "Tier 3: ends sessions nobody uses, and any that overran a deadline.",
    keys: ["sessionTimeoutMs", "idleWarningMs", "sweepIntervalMs", "resumeGraceMs", "sessionLifetimeMs", "helloTimeoutMs"],
  },
  {
    title: "Memory",
    about: "Tier 4: frees memory before the process dies of it.",
    keys: ["memorySoft", "memoryHard", "memoryOk", "memoryLimitBytes", "memorySampleMs"],
  },
  {
    title: "Chat",
    about: "What one user may send and one session may ask for. Who does more is told when to try again.",
    keys: ["chatMessageRate", "chatMessageBurst", "chatByteRate", "chatByteBurst", "chatCallRate", "chatCallBurst"],
  },
];

const LIMITS = { title: "Limits", about: "The most that the server accepts." };

const grouped = new Set(groups.flatMap(({ keys }) => keys));

export const settingGroups: readonly SettingGroup[] = [
  ...groups,
  { ...LIMITS, keys: settingKeys.filter((key) => !grouped.has(key)) },
];
