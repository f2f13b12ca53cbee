/** `npm test`: runs all tests, after checking that a browser is available. Further arguments are passed to Vitest. */
import { spawn } from "node:child_process";
import { findChromium } from "./findChromium.ts";
import { commandOf, projectRoot } from "./processes.ts";
import { needsBrowser } from "./testArguments.ts";

function browserAtHand(): boolean {
  try {
    findChromium();
    return true;
  } catch (error) {
    console.error((error as Error).message);
    return false;
  }
}

const args = process.argv.slice(2);
if (needsBrowser(args) && !browserAtHand()) process.exit(1);

const child = spawn(process.execPath, [commandOf("vitest"), "run", ...args], { cwd: projectRoot, stdio: "inherit" });
// The terminal sends Ctrl-C to both; Vitest stops its browsers first, and then this process exits with it.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
