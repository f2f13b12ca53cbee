/** Prints one line and exits with status 1 when this Node version is too old. Runs before commands written in TypeScript. */
import { isTooOld, tooOldLine } from "./nodeVersion.js";

if (isTooOld(process.versions.node)) {
  process.stderr.write(tooOldLine);
  process.exitCode = 1;
}
