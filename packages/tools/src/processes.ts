/** Child processes for the project's own commands. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The folder of the root package.json. */
export const projectRoot = resolve(import.meta.dirname, "../../..");

/** Path of a package's command, to be run by this very Node rather than by whichever is first on PATH. */
export function commandOf(packageName: string, command = packageName.slice(packageName.lastIndexOf("/") + 1)): string {
  const folder = join(projectRoot, "node_modules", packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { bin: string | Record<string, string> };
  const file = typeof bin === "string" ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return join(folder, file);
}

export interface Finished {
  readonly ok: boolean;
  /** What it printed on both outputs. */
  readonly output: string;
  readonly ms: number;
}

export interface RunOptions {
  /** A folder of the project; its root when left out. */
  readonly folder?: string;
  /** How long it may take before it is killed. */
  readonly limitMs?: number;
}

/** Runs `node <args>` and keeps its output. */
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
