/** A command's environment and output streams. */
import { once } from "node:events";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the output goes to a terminal, which interprets control characters, rather than to a file or program. */
  readonly screen: boolean;
  /** Width in columns; unlimited if the output is not a terminal. */
  readonly columns: number;
  /** Writes to standard output and waits for back-pressure to clear. */
  out(text: string): Promise<void>;
  /** Writes one line to standard error. */
  err(line: string): void;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // The reader has closed the pipe (`| head`). That is not an error, but there is no point in continuing.
  const stopAtBrokenPipe = (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  };
  stdout.on("error", stopAtBrokenPipe);
  stderr.on("error", stopAtBrokenPipe);
  return {
    env: process.env,
    screen: stdout.isTTY === true,
    columns: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
    async out(text) {
      if (!stdout.write(text)) await once(stdout, "drain");
    },
    err: (line) => void stderr.write(`${line}\n`),
  };
}
