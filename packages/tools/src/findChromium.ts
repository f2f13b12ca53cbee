/** Finds a Chromium for the browser tests: by `CHROMIUM_PATH`, downloaded by Playwright, or installed on the system. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

export interface ChromiumSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** Where playwright-core looks for a browser that it downloaded; may throw on an unknown platform. */
  readonly playwrightPath: () => string;
}

const systemPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];
const namesOnPath = ["chromium", "google-chrome", "google-chrome-stable"];

/** Arguments for running headless and as root; the browser does not access the network. */
export const chromiumArgs: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const thisMachine: ChromiumSearch = {
  env: process.env,
  exists: existsSync,
  playwrightPath: () => chromium.executablePath(),
};

/**
 * The path of the Chromium to test with.
 * @throws {Error} with one line that says how to get one.
 */
export function findChromium(search: ChromiumSearch = thisMachine): string {
  const named = search.env.CHROMIUM_PATH;
  if (named !== undefined && named !== "") {
    if (search.exists(named)) return named;
    throw new Error(`CHROMIUM_PATH is ${named}, which does not exist: point it to a Chromium or unset it.`);
  }
  const found = candidates(search).find((path) => search.exists(path));
  if (found !== undefined) return found;
  throw new Error(
    "No Chromium found for the browser tests: install one (Debian and Ubuntu: apt-get install chromium; " +
      "anywhere: npx playwright-core install chromium) or set CHROMIUM_PATH to an existing one.",
  );
}

function candidates(search: ChromiumSearch): string[] {
  const folders = (search.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = namesOnPath.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...playwrightPaths(search), ...systemPaths, ...onPath];
}

function playwrightPaths(search: ChromiumSearch): string[] {
  try {
    return [search.playwrightPath()];
  } catch {
    return [];
  }
}
