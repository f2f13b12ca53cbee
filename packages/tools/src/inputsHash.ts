/** Hashes the contents of all inputs of a web app, to tell whether its build is up to date. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export const webApps = ["chat", "admin"] as const;
export type WebApp = (typeof webApps)[number];

/** The inputs of every web app besides its own folder. */
const sharedInputs = ["packages/core", "packages/web", "package-lock.json"];
const outputs: ReadonlySet<string> = new Set(["node_modules", "build", ".svelte-kit", "dist"]);

/** The hash of a web app's inputs under `root`. By content, not time, because a fresh clone has new times. */
export function inputsHash(root: string, app: WebApp): string {
  const hash = createHash("sha256");
  for (const file of [`apps/${app}`, ...sharedInputs].flatMap((input) => filesUnder(root, input))) {
    const contents = readFileSync(join(root, file));
    hash.update(`${file}\0${contents.length}\0`).update(contents);
  }
  return hash.digest("hex");
}

function filesUnder(root: string, path: string): string[] {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute)
    .sort()
    .filter((name) => !outputs.has(name) && !name.endsWith(".test.ts"))
    .flatMap((name) => filesUnder(root, `${path}/${name}`));
}
