/** The server's log: readable lines on the console and in a file, which an operator follows and greps. */
import type { KeeperLog } from "@lastbeat/core";
import { type LogLevel, logLevels, logLine } from "./log/line.ts";
import { descriptorSink, openLogFile, type Sink } from "./log/sink.ts";

export interface Log extends KeeperLog {
  /** Writes to the console and not into the file: what is secret. */
  print(text: string): void;
  /** Resolves when every line so far has been written. The process's exit writes what is left by itself. */
  flush(): Promise<void>;
}

export interface LogOptions {
  /** The file to append to; it and its folder are made when missing. */
  readonly file: string;
  /** The least level that is written. */
  readonly level: LogLevel;
  /** The descriptor of the console, and whether it takes colours; 1 and what the terminal says by default. */
  readonly console?: { readonly descriptor: number; readonly coloured: boolean };
}

/**
 * Opens the log.
 * @throws {LastbeatError} `cannot_start` when the file cannot be written.
 */
export function createLog(options: LogOptions): Log {
  const { descriptor, coloured } = options.console ?? { descriptor: 1, coloured: process.stdout.isTTY === true };
  // Trouble with one of the two is told on the other.
  const console: Sink = descriptorSink(descriptor, (problem) => file.write(line("warn", `The console: ${problem}`)));
  const file: Sink = descriptorSink(openLogFile(options.file), (problem) =>
    console.write(line("warn", `The log ${options.file}: ${problem}`)),
  );
  const line = (level: LogLevel, message: string, fields?: Record<string, unknown>, colours = false) =>
    logLine({ atMs: Date.now(), level, message, fields }, colours);
  const least = logLevels.indexOf(options.level);
  const writer = (level: LogLevel) => {
    if (logLevels.indexOf(level) < least) return () => undefined;
    return (message: string, fields?: Record<string, unknown>) => {
      const plain = line(level, message, fields);
      file.write(plain);
      console.write(coloured ? line(level, message, fields, true) : plain);
    };
  };
  return {
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    print: (text) => console.write(text),
    flush: async () => {
      await Promise.all([file.flush(), console.flush()]);
    },
  };
}
