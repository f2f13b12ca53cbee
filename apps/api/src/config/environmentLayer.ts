/** Reads a configuration layer from environment variables, one per key and named after its path. */
import { configKeys, environmentName, presetPath } from "./keys.ts";
import type { Entry, Layer } from "./layer.ts";
import { didYouMean } from "./suggest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variable that names a file to read instead of `config/config.yaml`. */
export const fileVariable = "LASTBEAT_CONFIG";

/** Maps variable names to key paths. `PORT`, set by hosting platforms, comes first so that `LASTBEAT_SERVER_PORT` overrides it. */
const variables: ReadonlyMap<string, string> = new Map([
  ["PORT", "server.port"],
  ...[...configKeys.keys(), presetPath].map((path): [string, string] => [environmentName(path), path]),
]);

export function environmentLayer(env: Environment): Layer {
  const entries: Entry[] = [];
  for (const [name, path] of variables) {
    const text = env[name]?.trim() ?? "";
    // An empty variable counts as unset: compose files and shells pass on unset variables that way.
    if (text === "") continue;
    const written = configKeys.get(path)?.fromText(text) ?? text;
    entries.push({ path, written, where: `environment ${name}` });
  }
  const problems = Object.keys(env)
    .filter((name) => isUnknown(name, env[name]))
    .map((name) => ({ field: `environment ${name}`, message: `unknown variable${didYouMean(name, variables.keys())}` }));
  return { entries, problems };
}

/** Read by the command line, which may run from the same environment. */
const commandLineVariables: ReadonlySet<string> = new Set(["LASTBEAT_URL", "LASTBEAT_TOKEN"]);
/** What Kubernetes tells every pod of a namespace about a service named `lastbeat`. */
const serviceLink = /^LASTBEAT_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** A variable with our prefix that means nothing is a typo: the value that somebody wanted would silently not be in force. */
function isUnknown(name: string, value = ""): boolean {
  if (!name.startsWith("LASTBEAT_") || value.trim() === "" || variables.has(name) || name === fileVariable) return false;
  const isServiceLink = serviceLink.test(name) || (name === "LASTBEAT_PORT" && /^(?:tcp|udp|sctp):\/\//.test(value));
  return !(commandLineVariables.has(name) || isServiceLink);
}
