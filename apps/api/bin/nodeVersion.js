/** Checks the Node version. Plain JavaScript, because a Node that is too old cannot load TypeScript to report it. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const oldest = { major: 22, minor: 18 };

/** @param {string} version such as 24.21.0 */
export function isTooOld(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < oldest.major || (major === oldest.major && minor < oldest.minor);
}

export const tooOldLine =
  `Lastbeat needs Node.js ${oldest.major}.${oldest.minor} or newer; this is ${process.version}. ` +
  "On Linux and Windows npm install brings its own; elsewhere install one from nodejs.org.\n";

/** Path of the Node installed with Lastbeat, or `null` if there is none. */
export function installedNode({ platform, arch } = process) {
  const [name, file] = platform === "win32" ? [`node-win-${arch}`, "node.exe"] : [`node-${platform}-${arch}`, "node"];
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const path = join(folder, "bin", file);
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}
