/** `npm run audit`: asks npm's registry for known holes in the dependencies, as the lock file names them. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { verdictOf } from "./auditReport.ts";
import { projectRoot } from "./processes.ts";

const LIMIT_MS = 120_000;

/** The npm that runs this; on Windows the name alone starts nothing. */
function npm(args: readonly string[]): [program: string, args: string[]] {
  const script = process.env.npm_execpath;
  return script === undefined ? ["npm", [...args]] : [process.execPath, [script, ...args]];
}

/** npm ends with 1 both for holes and for a registry that does not answer, so only what it prints counts. */
async function npmAudit(...args: readonly string[]): Promise<string> {
  const command = ["audit", "--json", "--package-lock-only", ...args];
  const child = spawn(...npm(command), { cwd: projectRoot, stdio: ["ignore", "pipe", "ignore"], timeout: LIMIT_MS });
  // Where npm itself is missing, nothing was answered either.
  child.once("error", () => {});
  return text(child.stdout);
}

// Shipped is what the Dockerfile installs.
const { exitCode, lines } = verdictOf(await npmAudit(), await npmAudit("--omit=dev", "--omit=optional"));
process.stdout.write(`${lines.join("\n")}\n`);
process.exitCode = exitCode;
