/** All keys of the configuration, by the path at which they stand in the file. */
import { type SettingKey, settingFields, settingKeys, writtenProblem } from "@lastbeat/core";
import { expectedGot } from "../contract/validation.ts";
import { numberFromText, serverFieldKeys, serverFields } from "./serverFields.ts";

export interface ConfigKey {
  readonly path: string;
  /** In the unit of the file. */
  readonly default: unknown;
  /** What is wrong with a written value, or `undefined`. */
  readonly problem: (written: unknown) => string | undefined;
  readonly fromText: (text: string) => unknown;
}

function settingConfigKey(key: SettingKey): ConfigKey {
  const field = settingFields[key];
  return {
    path: field.path,
    default: field.default,
    problem: (written) => writtenProblem(key, written),
    fromText: numberFromText,
  };
}

const serverConfigKeys = serverFieldKeys.map((key): ConfigKey => {
  const field = serverFields[key];
  return {
    path: field.path,
    default: field.default,
    problem: (written) => (field.read(written) === undefined ? expectedGot(field.expected, written) : undefined),
    fromText: field.fromText,
  };
});

/** The path of the one key that chooses a preset; it stands outside of the layers because it decides one of them. */
export const presetPath = "preset";

export const configKeys: ReadonlyMap<string, ConfigKey> = new Map(
  [...settingKeys.map(settingConfigKey), ...serverConfigKeys].map((key) => [key.path, key]),
);

/** The names before a dot: `system`, `websocket`, … */
export const sections: ReadonlySet<string> = new Set(
  [...configKeys.keys()].filter((path) => path.includes(".")).map((path) => path.slice(0, path.indexOf("."))),
);

/** `websocket.heartbeat_interval` → `LASTBEAT_WEBSOCKET_HEARTBEAT_INTERVAL`. */
export function environmentName(path: string): string {
  return `LASTBEAT_${path.replaceAll(".", "_").toUpperCase()}`;
}
