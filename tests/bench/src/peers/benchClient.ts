/** The client of the bench: a C program where there is a compiler, else the same in Node. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contenders.ts";
import { compiled } from "./install.ts";

export interface Opened {
  readonly opened: number;
  readonly failed: number;
  readonly ms: number;
}

export interface ClientReport {
  readonly live: number;
  /** Sessions that ended although they answered. */
  readonly lost: number;
  readonly beats: number;
  readonly frames: number;
  readonly bytes: number;
  /** Muted sessions that the server gave up, and how long the least, the median and the most of them had been silent. */
  readonly found: number;
  readonly silenceMs?: readonly [least: number, median: number, most: number];
}

export interface Joined {
  readonly joined: number;
  readonly ms: number;
}

export interface Chatted {
  readonly messages: number;
  readonly deliveries: number;
  /** Deliveries that did not come. */
  readonly missed: number;
  readonly ms: number;
  /** From the sending of a message to a receiver's reading of it. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

export class BenchClient {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static async start({ dialect, path }: Contender, port: number): Promise<BenchClient> {
    const program = process.env.BENCH_CLIENT === "node" ? null : await compiled("client");
    const node = fileURLToPath(new URL("./client/nodeClient.ts", import.meta.url));
    const [command, first] = program === null ? [process.execPath, [node]] : [program, []];
    const child = spawn(command, [...first, String(port), dialect, path], { stdio: ["pipe", "pipe", "pipe"] });
    child.stderr.pipe(process.stderr);
    return new BenchClient(child);
  }

  /** Opens sessions, at most `window` at a time. */
  async open(count: number, window = 64): Promise<Opened> {
    const opened = (await this.#ask(`open ${count} ${window}`)) as Opened;
    if (opened.failed > 0) throw new Error(`${opened.failed} of ${count} sessions did not open`);
    return opened;
  }

  async mute(count: number): Promise<void> {
    await this.#ask(`mute ${count}`);
  }

  /** From now on every session says unasked that it is alive. */
  async drive(intervalMs: number): Promise<void> {
    await this.#ask(`drive ${intervalMs}`);
  }

  /** All sessions join rooms of this size at once. */
  async join(size: number): Promise<Joined> {
    return (await this.#ask(`join ${size}`)) as Joined;
  }

  /** One session sends as fast as it goes, with so many messages on the way. */
  async chatFast(window: number, ms: number): Promise<Chatted> {
    return (await this.#ask(`fast ${window} ${ms}`)) as Chatted;
  }

  /** One session of each room sends so many messages per second. */
  async chatAtRate(perSecond: number, ms: number): Promise<Chatted> {
    return (await this.#ask(`rate ${perSecond} ${ms}`)) as Chatted;
  }

  async report(): Promise<ClientReport> {
    return (await this.#ask("report")) as ClientReport;
  }

  async vanish(): Promise<void> {
    await this.#ask("vanish");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.stdin.write("quit\n");
    await exited;
  }

  async #ask(line: string): Promise<unknown> {
    this.#child.stdin.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the client stopped at "${line}"`);
    return JSON.parse(value);
  }
}
