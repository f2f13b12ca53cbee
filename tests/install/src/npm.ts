/** Runs npm, as a stranger does. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const LIMIT_MS = 100_000;

/** @throws {Error} with what it printed when it fails. */
export async function npm(args: readonly string[], folder: string): Promise<string> {
  const { stdout } = await run("npm", [...args, "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], {
    cwd: folder,
    timeout: LIMIT_MS,
    shell: process.platform === "win32",
  });
  return stdout;
}
