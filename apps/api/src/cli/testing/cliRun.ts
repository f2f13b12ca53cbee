/** Runs the command line in this process and keeps what it printed. */
import { run } from "../run.ts";
import type { Terminal } from "../terminal.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  /** Lines on standard error. */
  readonly err: readonly string[];
}

interface CliOptions {
  readonly env?: Terminal["env"];
  /** Those of a screen; without them the output is none. */
  readonly columns?: number;
}

export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Ran> {
  const err: string[] = [];
  let out = "";
  const terminal: Terminal = {
    env: options.env ?? {},
    screen: options.columns !== undefined,
    columns: options.columns ?? Number.POSITIVE_INFINITY,
    async out(text) {
      out += text;
    },
    err: (line) => void err.push(line),
  };
  return { code: await run(args, terminal), out, err };
}
