/** Runs child processes for the project's commands. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The folder of the root package.json. */
export const projectRoot = resolve(import.meta.dirname, "../../..");

/** The path of a package's command, to run with the current Node rather than the first on PATH. */
export function commandOf(packageName: string, command = packageName.slice(packageName.lastIndexOf("/") + 1)): string {
  const folder = join(projectRoot, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { bin: string | Record<string, string> };
  const file = typeof bin === "string" ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(folder, file);
}

export interface Finished {
  readonly ok: boolean;
  /** Its combined stdout and stderr. */
  readonly output: string;
  readonly ms: number;
}

export interface RunOptions {
  /** The working directory, within the project; default: its root. */
  readonly folder?: string;
  /** How long it may run before it is killed. */
  readonly limitMs?: number;
}

/** Runs `node <args>` and captures its output. */
export function runNode(args: readonly string[], { folder = ".", limitMs }: RunOptions = {}): Promise<Finished> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd: resolve(projectRoot, folder),
    stdio: ["ignore", "pipe", "pipe"],
    ...(limitMs === undefined ? {} : { timeout: limitMs, killSignal: "SIGKILL" }),
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      const output = Buffer.concat(chunks).toString("utf8").trim();
      resolve({ ok: code === 0, output, ms: performance.now() - startedMs });
    });
  });
}

/** `4.2 s` */
export function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
