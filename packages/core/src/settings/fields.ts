/**
 * Every setting of the keeper.
 * The schema, the commented configuration file, the admin form and the documentation take names, units, ranges and defaults from
 * here.
 */
import { chatFields } from "./chatFields.ts";
import { connectionFields } from "./connectionFields.ts";
import { memoryFields } from "./memoryFields.ts";
import { sessionFields } from "./sessionFields.ts";
import type { SettingField } from "./settingField.ts";

const fields = {
  ...sessionFields,
  ...connectionFields,
  ...chatFields,
  ...memoryFields,
  tickMs: {
    unit: "ms",
    scale: 1,
    integer: true,
    path: "system.tick",
    default: 100,
    min: 10,
    max: 1_000,
    live: false,
    label: "Tick",
    meaning: "Resolution of every deadline; one timer serves all sessions.",
  },
} as const satisfies Record<string, SettingField>;

export type SettingKey = keyof typeof fields;

/** Every setting's name, unit, range, default and meaning, by its key in code. */
export const settingFields: Readonly<Record<SettingKey, SettingField>> = fields;

/** The keys of all settings, in display order. */
export const settingKeys = Object.keys(fields) as SettingKey[];
