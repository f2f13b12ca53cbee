/** The server's log: human-readable lines on the console and in a file. */
import type { KeeperLog } from "@lastbeat/core";
import { type LogLevel, logLevels, logLine } from "./log/line.ts";
import { descriptorSink, openLogFile, type Sink } from "./log/sink.ts";

export interface Log extends KeeperLog {
  /** Writes to the console only, never to the file. For secrets. */
  print(text: string): void;
  /** Resolves when every line so far has been written. Remaining lines are also written on process exit. */
  flush(): Promise<void>;
}

export interface LogOptions {
  /** The file to append to. It and its folder are created if missing. */
  readonly file: string;
  /** The lowest level that is written. */
  readonly level: LogLevel;
  /** The console's descriptor and whether it supports colours. Default: descriptor 1, coloured if it is a terminal. */
  readonly console?: { readonly descriptor: number; readonly coloured: boolean };
}

/**
 * Opens the log.
 * @throws {LastbeatError} `cannot_start` if the file cannot be written.
 */
export function createLog(options: LogOptions): Log {
  const { descriptor, coloured } = options.console ?? { descriptor: 1, coloured: process.stdout.isTTY === true };
  // Problems with one sink are reported on the other.
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
