/** Ends with one line when this Node cannot run what comes next; put in front of commands that are TypeScript. */
import { isTooOld, tooOldLine } from "./nodeVersion.js";

if (isTooOld(process.versions.node)) {
  process.stderr.write(tooOldLine);
  process.exitCode = 1;
}
