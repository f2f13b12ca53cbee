/** The configuration as it is in force, one line for each key, with where each value comes from. */
import type { ConfigLine } from "../contract/systemView.ts";
import type { SettingSource } from "../contract/views.ts";

/** A value and its origin, before it is made fit to show. */
export interface ConfigValue {
  readonly path: string;
  readonly value: unknown;
  readonly source: SettingSource;
  readonly where: string | null;
}

const HIDDEN = "(hidden)";
const secretName = /(secret|password|passwd|token|credential|private|api_?key)/i;
/** The part of a URL that signs somebody in: `postgres://user:password@host/…`. */
const signInPart = /(\w[\w+.-]*:\/\/)[^/\s@]*@/g;

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
  return text.replaceAll(signInPart, `$1${HIDDEN}@`);
}

/** `config/config.yaml:9:5 websocket.heartbeat_interval` without what the line says already. */
function withoutPath(where: string, path: string): string {
  return where.endsWith(` ${path}`) ? where.slice(0, -path.length - 1) : where;
}
