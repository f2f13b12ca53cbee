/** The real server as a child process: started as `npm start` starts it, and treated as badly as the world treats servers. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { eventually, within } from "@lastbeat/support/eventually";
import { projectRoot } from "@lastbeat/tools/processes";
import { leftovers } from "./run.ts";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Against hanging only: on a loaded machine a start may take long. */
const READY_MS = 60_000;
/** Longer than the server gives itself to stop. */
const STOP_MS = 8_000;

export class ServerProcess {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #output = "";

  constructor(configFile: string) {
    this.#child = spawn(process.execPath, ["apps/api/src/main.ts"], {
      cwd: projectRoot,
      // Nothing of the caller's own configuration reaches it.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LASTBEAT_CONFIG: configFile },
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
    leftovers.noteProcess(this.pid);
  }

  /** Resolves when it serves, with the one-time sign-in link that it printed. */
  ready(url: string): Promise<string> {
    const look = async () => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) return null;
      const response = await fetch(`${url}/healthz`);
      const [, link] = /^\s*Admin\s+(\S+)/m.exec(this.#output) ?? [];
      if (!response.ok || link === undefined) throw new Error(`the server is not ready:\n${this.#output}`);
      return link;
    };
    return eventually(look, { withinMs: READY_MS }).then((link) => {
      if (link === null) throw new Error(`the server did not start:\n${this.#output}`);
      return link;
    });
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
