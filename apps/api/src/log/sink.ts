/** Where log lines go: written by a thread of the pool, so that neither a slow disk nor a stopped terminal holds a heartbeat. */
import { mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import pino from "pino";

export interface Sink {
  write(line: string): void;
  /** Resolves when everything written so far has reached the system. */
  flush(): Promise<void>;
  /** The same at once, for the last moment of the process. */
  flushSync(): void;
}

/** Bytes that may wait for a sink that does not take them; lines beyond are dropped and counted. */
const waitingBytes = 8 * 1024 * 1024;

/** Called once for each stretch of trouble with a sink. */
export type SinkTrouble = (problem: string) => void;

export function descriptorSink(descriptor: number, onTrouble: SinkTrouble): Sink {
  // With minLength 0 a flush would not wait for the write that is under way.
  const stream = pino.destination({ dest: descriptor, sync: false, minLength: 1, maxLength: waitingBytes });
  let dropped = 0;
  let broken = false;
  stream.on("drop", () => {
    dropped += 1;
  });
  stream.on("drain", () => {
    if (dropped > 0) onTrouble(`${dropped} lines were dropped because they could not be written fast enough`);
    dropped = 0;
    broken = false;
  });
  // A full disk must not take the server down; the stream keeps the line and tries again with the next one.
  stream.on("error", (error: Error) => {
    if (!broken) onTrouble(error.message);
    broken = true;
  });
  return {
    write: (line) => void stream.write(line),
    flush: () =>
      new Promise((resolve) => {
        stream.flush(() => resolve());
      }),
    flushSync: () => {
      try {
        stream.flushSync();
      } catch {
        // Nobody is left to tell.
      }
    },
  };
}

/** A log file that cannot be opened; the message is one line that says what to do. */
export class LogFileError extends Error {
  constructor(file: string, cause: unknown) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    super(`The log ${file} cannot be written (${code}): make it writable, or choose another with log.file or LASTBEAT_LOG_FILE.`);
    this.name = "LogFileError";
  }
}

/**
 * Opens a file for appending, with its folder.
 * @throws {LogFileError}
 */
export function openLogFile(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return openSync(file, "a");
  } catch (cause) {
    throw new LogFileError(file, cause);
  }
}
