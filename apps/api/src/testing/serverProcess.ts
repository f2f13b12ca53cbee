/** The whole server as a process of its own, in a folder of its own: for what cannot be done to the process that runs the tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly http: string;
  readonly ws: string;
  readonly databaseFile: string;
  /** What it has printed so far. */
  output(): string;
  /** Memory that is its own, without the pages of files that it maps; Linux only. */
  ownBytes(): number;
  /** SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>;
}

const START_MS = 40_000;
const STOP_MS = 40_000;

export interface ServerProcessOptions {
  /** How many files and sockets it may have open; what the tests may have by default. */
  readonly openFiles?: number;
}

/** `env` holds variables of the configuration. */
export async function startServerProcess(
  env: Readonly<Record<string, string>> = {},
  { openFiles }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-process-"));
  const databaseFile = join(folder, "lastbeat.db");
  const own = {
    LASTBEAT_SERVER_PORT: "0",
    LASTBEAT_LEDGER_FILE: databaseFile,
    LASTBEAT_LOG_FILE: join(folder, "app.log"),
  };
  const command = [process.execPath, join(import.meta.dirname, "../main.ts")];
  const limited = openFiles === undefined ? command : ["sh", "-c", `ulimit -n ${openFiles}; exec "$0" "$@"`, ...command];
  const child = spawn(limited[0] as string, limited.slice(1), {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...own, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  }
  const exited = once(child, "exit") as Promise<[number | null]>;
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [code] = await within(exited, STOP_MS);
    return code;
  };
  const dispose = async () => {
    await end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  const port = await listeningPort(child, () => output).catch(async (error: unknown) => {
    await dispose();
    throw error;
  });
  return {
    pid: child.pid ?? Number.NaN,
    http: `http://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    databaseFile,
    output: () => output,
    ownBytes: () => Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024,
    stop: () => end("SIGTERM"),
    [Symbol.asyncDispose]: dispose,
  };
}

async function listeningPort(child: ChildProcess, output: () => string): Promise<number> {
  const signal = AbortSignal.timeout(START_MS);
  for (;;) {
    const [, port] = /Listening on \S+:(\d+)/.exec(output()) ?? [];
    if (port !== undefined) return Number(port);
    if (child.exitCode !== null) throw new Error(`the server did not start:\n${output()}`);
    await Promise.race([once(child.stdout as NodeJS.EventEmitter, "data", { signal }), once(child, "exit", { signal })]);
  }
}

function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = once(AbortSignal.timeout(ms), "abort").then(() => {
    throw new Error(`the server did not stop within ${ms} ms`);
  });
  return Promise.race([work, late]);
}
