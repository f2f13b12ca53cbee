/** All configuration keys, by their path in the file. */
import { type SettingKey, settingFields, settingKeys, writtenProblem } from "@lastbeat/core";
import { expectedGot, expectedGotSecret } from "../contract/validation.ts";
import type { ServerField } from "./serverField.ts";
import { numberFromText, serverFieldKeys, serverFields } from "./serverFields.ts";

export interface ConfigKey {
  readonly path: string;
  /** In the file's unit. */
  readonly default: unknown;
  /** Describes why a written value is invalid, or `undefined` if it is valid. */
  readonly problem: (written: unknown) => string | undefined;
  readonly fromText: (text: string) => unknown;
  /** What operators see of a valid value. */
  readonly shown: (written: unknown) => unknown;
}

const inFull = (written: unknown): unknown => written;

function settingConfigKey(key: SettingKey): ConfigKey {
  const field = settingFields[key];
  return {
    path: field.path,
    default: field.default,
    problem: (written) => writtenProblem(key, written),
    fromText: numberFromText,
    shown: inFull,
  };
}

const told = ({ isSecret }: { readonly isSecret?: true }) => (isSecret === true ? expectedGotSecret : expectedGot);

const serverConfigKeys = serverFieldKeys.map((key): ConfigKey => {
  const field: ServerField<unknown> = serverFields[key];
  const otherThanExpected = (written: unknown) =>
    field.read(written) === undefined ? told(field)(field.expected, written) : undefined;
  return {
    path: field.path,
    default: field.default,
    problem: field.problem ?? otherThanExpected,
    fromText: field.fromText,
    shown: field.shown ?? inFull,
  };
});

/** Path of the key that selects a preset. It is not part of the layers, because it determines one of them. */
export const presetPath = "preset";

export const configKeys: ReadonlyMap<string, ConfigKey> = new Map(
  [...settingKeys.map(settingConfigKey), ...serverConfigKeys].map((key) => [key.path, key]),
);

/** Sections, with those in sections: `system`, `users`, `users.jwt`, … */
export const sections: ReadonlySet<string> = new Set(
  [...configKeys.keys()].flatMap((path) => [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index))),
);

/** `websocket.heartbeat_interval` → `LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL`. */
export function environmentName(path: string): string {
  return `LASTBEAT_${path.replaceAll(".", "_").toUpperCase()}`;
}
