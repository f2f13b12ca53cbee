/** The process around a command: what it reads and where it writes. */
import { once } from "node:events";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the output is read from a screen, which obeys control characters, and not from a file or by a program. */
  readonly screen: boolean;
  /** Columns to fill; unlimited when the output is no terminal. */
  readonly columns: number;
  /** Writes to standard output and waits until there is room for more. */
  out(text: string): Promise<void>;
  /** Writes one line to standard error. */
  err(line: string): void;
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  // Whoever reads has seen enough (`| head`): no failure, and no reason to go on.
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
