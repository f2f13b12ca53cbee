/** A program of a stranger's project while it runs: what it prints can be waited for. */
import { type ChildProcess, spawn } from "node:child_process";

export interface ProgramOptions {
  readonly node: string;
  readonly folder: string;
  readonly port?: number;
}

export class Program implements AsyncDisposable {
  output = "";
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #changed = () => {};

  constructor(file: string, { node, folder, port = 0 }: ProgramOptions) {
    this.#child = spawn(node, [file], { cwd: folder, env: { ...process.env, PORT: String(port), NO_COLOR: "1" } });
    const print = (chunk: Buffer) => {
      this.output += chunk;
      this.#changed();
    };
    this.#child.stdout?.on("data", print);
    this.#child.stderr?.on("data", print);
    this.#exited = new Promise((resolve) => this.#child.once("close", resolve));
    void this.#exited.then(() => this.#changed());
  }

  /** Waits until it has printed something that matches. @throws {Error} with all that it printed when it exits before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.#child.exitCode !== null) throw new Error(`It ended and never printed ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  /** The port that it says it listens on. */
  async port(): Promise<number> {
    return Number((await this.printed(/port: (\d+)/))[1]);
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Ends its input and waits for it to end. @returns its exit code. */
  finish(): Promise<number | null> {
    this.#child.stdin?.end();
    return this.#exited;
  }

  /** Asks it to stop. @returns its exit code. */
  stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}
