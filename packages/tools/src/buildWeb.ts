/** Builds the web apps that are missing or out of date; `--force` builds both. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inputsHash, type WebApp, webApps } from "./inputsHash.ts";
import { commandOf, projectRoot, runNode, secondsText } from "./processes.ts";

const stampOf = (app: WebApp) => join(projectRoot, `apps/${app}/build/.inputs`);

function isCurrent(app: WebApp, hash: string): boolean {
  return existsSync(stampOf(app)) && readFileSync(stampOf(app), "utf8") === hash;
}

async function build(app: WebApp, hash: string): Promise<boolean> {
  const { ok, output, ms } = await runNode([commandOf("vite"), "build", "--logLevel", "warn"], { folder: `apps/${app}` });
  if (!ok) {
    console.error(`${output}\n\nBuilding ${app} failed.`);
    return false;
  }
  // Vite empties the folder first, so an interrupted build has no stamp.
  writeFileSync(stampOf(app), hash);
  console.log(`Built ${app} in ${secondsText(ms)}.`);
  return true;
}

const force = process.argv.includes("--force");
const stale = webApps
  .map((app) => ({ app, hash: inputsHash(projectRoot, app) }))
  .filter(({ app, hash }) => force || !isCurrent(app, hash));
if (stale.length > 0) {
  console.log(`Building the web apps: ${stale.map(({ app }) => app).join(", ")} …`);
  const results = await Promise.all(stale.map(({ app, hash }) => build(app, hash)));
  if (results.includes(false)) process.exitCode = 1;
}
