/** Which settings a start begins with. */
import { hasCode, type KeeperLog, resolveSettings, type SettingKey, type Settings } from "@lastbeat/core";

export interface SettingsInForce {
  readonly settings: Settings;
  /** Those that an operator has saved. */
  readonly savedKeys: readonly SettingKey[];
}

/** Applies settings saved by operators on top of the configuration, unless the two no longer form a valid combination. */
export function settingsInForce(configured: Settings, saved: Partial<Settings>, log: KeeperLog): SettingsInForce {
  try {
    return { settings: resolveSettings({ ...configured, ...saved }), savedKeys: Object.keys(saved) as SettingKey[] };
  } catch (error) {
    if (!hasCode(error, "invalid_settings")) throw error;
    log.error("Settings saved by operators conflict with the configuration; only the configuration is in force", { error });
    return { settings: configured, savedKeys: [] };
  }
}
