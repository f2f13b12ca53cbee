/** Merges the configuration layers and validates the result as a whole. */
import {
  defaultSettings,
  type ErrorIssue,
  fromWritten,
  type SettingKey,
  type Settings,
  settingFields,
  settingKeys,
  settingsProblems,
} from "@lastbeat/core";
import type { SettingSource } from "../contract/views.ts";
import type { ConfigValue } from "./configLines.ts";
import { fitDependents } from "./dependents.ts";
import { configKeys } from "./keys.ts";
import type { Entry, Layer } from "./layer.ts";
import type { ServerField } from "./serverField.ts";
import { type ServerValues, serverFieldKeys, serverFields } from "./serverFields.ts";

/** Weakest first. */
const strength: readonly SettingSource[] = ["default", "preset", "file", "environment"];
const layerNames = ["preset", "file", "environment"] as const;
type LayerName = (typeof layerNames)[number];

export interface Merged {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingKey, SettingSource>>;
  readonly server: ServerValues;
  /** Every key in file order, with the source of its value. */
  readonly values: readonly ConfigValue[];
  readonly problems: readonly ErrorIssue[];
}

type Winner = Entry & { readonly source: LayerName };

export function mergeLayers(layers: Readonly<Record<LayerName, Layer>>): Merged {
  const winners = new Map<string, Winner>();
  const problems: ErrorIssue[] = [];
  for (const source of layerNames) {
    problems.push(...layers[source].problems);
    for (const entry of layers[source].entries) {
      // An invalid value is reported even if a stronger layer overrides it, and never reaches the result.
      const message = configKeys.get(entry.path)?.problem(entry.written);
      if (message !== undefined) problems.push({ field: entry.where, message });
      else winners.set(entry.path, { ...entry, source });
    }
  }
  const { settings, sources } = mergeSettings(winners);
  // Cross-field rules only make sense once each value is valid by itself.
  if (problems.length === 0) problems.push(...crossFieldIssues(settings, winners));
  return { settings, sources, server: mergeServer(winners), values: configValues(winners), problems };
}

function configValues(winners: ReadonlyMap<string, Winner>): ConfigValue[] {
  return [...configKeys.values()].map((key) => {
    const winner = winners.get(key.path);
    const value = winner === undefined ? key.default : key.shown(winner.written);
    return { path: key.path, value, source: winner?.source ?? "default", where: winner?.where ?? null };
  });
}

function mergeSettings(winners: ReadonlyMap<string, Winner>): Pick<Merged, "settings" | "sources"> {
  const settings: Record<SettingKey, number> = { ...defaultSettings };
  const sources = {} as Record<SettingKey, SettingSource>;
  for (const key of settingKeys) {
    const winner = winners.get(settingFields[key].path);
    sources[key] = winner?.source ?? "default";
    if (winner !== undefined) settings[key] = fromWritten(key, winner.written as number);
  }
  const rank = (key: SettingKey) => strength.indexOf(sources[key]);
  return { settings: Object.freeze(fitDependents(settings, rank)), sources: Object.freeze(sources) };
}

function crossFieldIssues(settings: Settings, winners: ReadonlyMap<string, Winner>): ErrorIssue[] {
  return settingsProblems(settings).map(({ key, message }) => {
    const { path } = settingFields[key];
    const winner = winners.get(path);
    return winner === undefined ? { field: path, message: `${message} (the default)` } : { field: winner.where, message };
  });
}

function mergeServer(winners: ReadonlyMap<string, Winner>): ServerValues {
  const value = <T>(field: ServerField<T>): T => field.read(winners.get(field.path)?.written) ?? field.default;
  return Object.freeze(
    Object.fromEntries(serverFieldKeys.map((key) => [key, value<unknown>(serverFields[key])])),
  ) as unknown as ServerValues;
}
