/** Formats the configuration in force, one line per key with the source of its value. Secrets are masked. */
import type { ConfigLine } from "../contract/systemView.ts";
import type { SettingSource } from "../contract/views.ts";

/** A value and its source, before formatting and masking. */
export interface ConfigValue {
  readonly path: string;
  readonly value: unknown;
  readonly source: SettingSource;
  readonly where: string | null;
}

const HIDDEN = "(hidden)";
const secretName = /(secret|password|passwd|token|credential|private|api_?key)/i;
/** Credentials in a URL: `postgres://user:password@host/…`. */
const urlCredentials = /(\w[\w+.-]*:\/\/)[^/\s@]*@/g;

export function configLine({ path, value, source, where }: ConfigValue): ConfigLine {
  return {
    path,
    value: secretName.test(path) ? HIDDEN : shown(value),
    source,
    where: where === null ? null : withoutPath(where, path),
  };
}

function shown(value: unknown): string {
  const text = Array.isArray(value) ? (value.length === 0 ? "none" : value.map(String).join(", ")) : String(value);
  return text.replaceAll(urlCredentials, `$1${HIDDEN}@`);
}

/** Strips the key from `config/config.yaml:9:5 websocket.heartbeat_interval`, since the line already names it. */
function withoutPath(where: string, path: string): string {
  return where.endsWith(` ${path}`) ? where.slice(0, -path.length - 1) : where;
}
