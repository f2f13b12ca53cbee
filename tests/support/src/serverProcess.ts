/** The real server as a process of its own: for what cannot be done to the process that runs the tests. */
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
  /** How many files and sockets it may have open; what the tests may have by default. */
  readonly openFiles?: number;
}

/** Both against hanging only: on a loaded machine a start or a stop may take long. */
const START_MS = 60_000;
const STOP_MS = 40_000;

export class ServerProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #output = "";

  /** `env` holds variables of the configuration; nothing of the caller's own reaches it. */
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

  /** What it has printed so far. */
  get output(): string {
    return this.#output;
  }

  /**
   * The first group of a pattern in what it prints while it starts, waited for.
   * @throws when it ends before it prints that.
   */
  async printed(pattern: RegExp): Promise<string> {
    const found = await eventually(() => this.#lookFor(pattern), { withinMs: START_MS });
    if (found === null) throw new Error(`the server did not start:\n${this.#output}`);
    return found;
  }

  /** `null` when it will not come any more. */
  #lookFor(pattern: RegExp): string | null {
    const [, found] = pattern.exec(this.#output) ?? [];
    if (found !== undefined) return found;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return null;
    throw new Error(`the server has not printed ${pattern}:\n${this.#output}`);
  }

  /** Memory that is its own, without the pages of files that it maps; Linux only. */
  ownBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Takes nothing more of what it prints, as a terminal does that is closed. */
  stopReading(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal that ends it, and waits until it has gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<Exit> {
    this.signal(signal);
    return within(this.exited, STOP_MS, `the server's end by ${signal}`);
  }
}
