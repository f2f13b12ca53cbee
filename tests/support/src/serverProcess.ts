/** The real server in its own process, for whatever cannot be done to the process that runs the tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { projectRoot } from "@lastbeat/tools/processes";
import { eventually, within } from "./eventually.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcessOptions {
  /** Its limit on open files and sockets; default: that of the tests. */
  readonly openFiles?: number;
}

/** Timeouts against hanging; generous, because starting or stopping may take long on a loaded machine. */
const START_MS = 60_000;
const STOP_MS = 40_000;

export class ServerProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #output = "";

  /** `env` holds configuration variables; nothing of the caller's environment is passed on. */
  constructor(env: Readonly<Record<string, string>>, { openFiles }: ServerProcessOptions = {}) {
    const command = [process.execPath, "apps/api/src/main.ts"];
    const [program = "", ...args] =
      openFiles === undefined ? command : ["sh", "-c", `ulimit -n ${openFiles}; exec "$0" "$@"`, ...command];
    this.#child = spawn(program, args, {
      cwd: projectRoot,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.#output += data.toString();
      });
    }
    const exit = once(this.#child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    this.exited = exit.then(([code, signal]) => ({ code, signal }));
    this.pid = this.#child.pid ?? Number.NaN;
  }

  /** Its output so far. */
  get output(): string {
    return this.#output;
  }

  /**
   * Waits for a pattern in its output while it starts, and returns the pattern's first group.
   * @throws when the process exits before it prints that.
   */
  async printed(pattern: RegExp): Promise<string> {
    const found = await eventually(() => this.#lookFor(pattern), { withinMs: START_MS });
    if (found === null) throw new Error(`the server did not start:\n${this.#output}`);
    return found;
  }

  /** `null` when the process has exited without printing it. */
  #lookFor(pattern: RegExp): string | null {
    const [, found] = pattern.exec(this.#output) ?? [];
    if (found !== undefined) return found;
    if (!this.isRunning) return null;
    throw new Error(`the server has not printed ${pattern}:\n${this.#output}`);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its private memory, without mapped file pages; Linux only. */
  ownBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Closes its output pipes, as when a terminal is closed. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a terminating signal and waits for the exit. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<Exit> {
    this.signal(signal);
    return within(this.exited, STOP_MS, `the server's end by ${signal}`);
  }
}
