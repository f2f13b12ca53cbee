/** Settings in the words of the page. Pure. */
import type { SettingSource } from "@lastbeat/api";
import { type SettingField, type SettingKey, type SettingUnit, settingFields } from "@lastbeat/core/settings";

const units: Readonly<Record<SettingUnit, string>> = {
  s: "seconds",
  ms: "ms",
  count: "",
  bytes: "bytes",
  MiB: "MiB",
  fraction: "share",
  "per minute": "per minute",
};

export const unitText = (unit: SettingUnit) => units[unit];

/** A written value with its unit: `25 seconds`. */
export const valueText = (key: SettingKey, written: string) => `${written} ${unitText(settingFields[key].unit)}`.trim();

export function rangeText({ min, max, unit, integer }: SettingField): string {
  const range = `${min.toLocaleString("en")} to ${max.toLocaleString("en")} ${unit === "fraction" ? "" : unitText(unit)}`.trim();
  return integer && unit === "count" ? `whole number, ${range}` : range;
}

export const sourceLooks: Readonly<Record<SettingSource, { readonly label: string; readonly meaning: string }>> = {
  default: { label: "default in force", meaning: "Not set anywhere" },
  preset: { label: "from the preset", meaning: "Set by the preset that the configuration names" },
  file: { label: "from config.yaml", meaning: "Set in the configuration file" },
  environment: { label: "from the environment", meaning: "Set by an environment variable of the server" },
  operator: { label: "saved here", meaning: "Saved on this page; it wins over the file and the environment" },
};
