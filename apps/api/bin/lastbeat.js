#!/usr/bin/env node
/** Command-line entry point. A Node version that is too old hands over to the Node installed with Lastbeat. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { installedNode, isTooOld, tooOldLine } from "./nodeVersion.js";

const main = new URL("../src/cli/main.ts", import.meta.url);

if (isTooOld(process.versions.node)) handOver(installedNode());
else await import(main.href).catch(sayWhatIsMissing);

/** @param {Error & { code?: string }} error */
function sayWhatIsMissing(error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  process.stderr.write("lastbeat: its packages are not installed; run npm install first\n");
  process.exitCode = 1;
}

/** @param {string | null} node */
function handOver(node) {
  if (node === null) {
    process.stderr.write(tooOldLine);
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal's Ctrl-C reaches both; other signals only this process.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("error", (error) => {
    process.stderr.write(`lastbeat: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
  });
}
