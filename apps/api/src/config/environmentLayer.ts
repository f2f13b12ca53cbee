/** Reads a configuration layer from environment variables, one per key and named after its path. */
import { configKeys, environmentName, presetPath, sections } from "./keys.ts";
import type { Entry, Layer } from "./layer.ts";
import { didYouMean, suggest } from "./suggest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variable that names a file to read instead of `config/config.yaml`. */
export const fileVariable = "LASTBEAT_CONFIG";

/** Maps variable names to key paths. `PORT`, set by hosting platforms, comes first so that `LASTBEAT_SERVER_PORT` overrides it. */
const variables: ReadonlyMap<string, string> = new Map([
  ["PORT", "server.port"],
  ...[...configKeys.keys(), presetPath].map((path): [string, string] => [environmentName(path), path]),
]);

const sectionPrefixes = [...sections].map((section) => `${environmentName(section)}_`);

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
    .filter(looksLikeOurs)
    .map((name) => ({ field: `environment ${name}`, message: `unknown variable${didYouMean(name, variables.keys())}` }));
  return { entries, problems };
}

/** Other tools may use LASTBEAT_ variables too. One that names a section or resembles a key is treated as a typo. */
function looksLikeOurs(name: string): boolean {
  if (!name.startsWith("LASTBEAT_") || variables.has(name) || name === fileVariable) return false;
  return sectionPrefixes.some((prefix) => name.startsWith(prefix)) || suggest(name, variables.keys()) !== undefined;
}
