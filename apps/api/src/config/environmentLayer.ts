/** Reads a layer from environment variables: one for every key, named after its path. */
import { configKeys, environmentName, presetPath, sections } from "./keys.ts";
import type { Entry, Layer } from "./layer.ts";
import { didYouMean, suggest } from "./suggest.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the file to read instead of `config/config.yaml`. */
export const fileVariable = "LASTBEAT_CONFIG";

/** Every variable by its name, with the path of its key; `PORT`, which hosting platforms set, comes first and so gives way. */
const variables: ReadonlyMap<string, string> = new Map([
  ["PORT", "server.port"],
  ...[...configKeys.keys(), presetPath].map((path): [string, string] => [environmentName(path), path]),
]);

const sectionPrefixes = [...sections].map((section) => `${environmentName(section)}_`);

export function environmentLayer(env: Environment): Layer {
  const entries: Entry[] = [];
  for (const [name, path] of variables) {
    const text = env[name]?.trim() ?? "";
    // An empty variable counts as unset: that is how compose files and shells pass on what nobody gave.
    if (text === "") continue;
    const written = configKeys.get(path)?.fromText(text) ?? text;
    entries.push({ path, written, where: `environment ${name}` });
  }
  const problems = Object.keys(env)
    .filter(looksLikeOurs)
    .map((name) => ({ field: `environment ${name}`, message: `unknown variable${didYouMean(name, variables.keys())}` }));
  return { entries, problems };
}

/** Variables of other tools may begin with LASTBEAT_ too; one that names a section or nearly a key is a slip. */
function looksLikeOurs(name: string): boolean {
  if (!name.startsWith("LASTBEAT_") || variables.has(name) || name === fileVariable) return false;
  return sectionPrefixes.some((prefix) => name.startsWith(prefix)) || suggest(name, variables.keys()) !== undefined;
}
