/** Clients without a browser, many in one process of their own, which can be stopped like any other. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { eventually, within } from "@lastbeat/support/eventually";
import { leftovers } from "./run.ts";
import type { Server } from "./server.ts";

const OPEN_MS = 30_000;
const LEAVE_MS = 5_000;

export class PlainClients implements AsyncDisposable {
  readonly sessionIds: readonly string[];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, sessionIds: readonly string[]) {
    this.#child = child;
    const gone = child.exitCode !== null || child.signalCode !== null;
    this.#exited = gone ? Promise.resolve() : once(child, "exit");
    this.sessionIds = sessionIds;
  }

  /** Nothing but `@trpc/client`. */
  static stock(server: Server, names: readonly string[]): Promise<PlainClients> {
    return PlainClients.#open("stockClients.ts", `${server.wsUrl}/trpc`, names);
  }

  /** The JSON WebSocket; `name@room` is in a room. `prefix` runs them elsewhere, such as on the far end of a `LossyLink`. */
  static json(server: Server, names: readonly string[], prefix: readonly string[] = []): Promise<PlainClients> {
    return PlainClients.#open("jsonClients.ts", `${server.wsUrl}/ws/new`, names, prefix);
  }

  static async #open(script: string, url: string, names: readonly string[], prefix: readonly string[] = []) {
    const file = join(import.meta.dirname, "../clients", script);
    const [program = "", ...args] = [...prefix, process.execPath, file, url, ...names];
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    leftovers.noteProcess(child.pid ?? Number.NaN);
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      output += data.toString();
    });
    const sessionIds = await eventually(
      () => {
        const ids = output.split("\n").filter((line) => line !== "");
        if (ids.length < names.length) throw new Error(`${ids.length} of ${names.length} sessions of ${script} are open`);
        return ids;
      },
      { withinMs: OPEN_MS },
    );
    return new PlainClients(child, sessionIds);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Lets them leave as their script does. */
  async leave(): Promise<void> {
    this.#child.stdin?.end();
    await within(this.#exited, LEAVE_MS, "the clients' leaving");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#exited;
  }
}
