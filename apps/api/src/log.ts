/** The server's log: human-readable lines on the console and in a file. */
import type { KeeperLog } from "@lastbeat/core";
import { Gatherer } from "./log/gatherer.ts";
import { type LogLevel, logLevels, logLine } from "./log/line.ts";
import { DescriptorSink, openLogFile, type Sink } from "./log/sink.ts";

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
  const console: Sink = new DescriptorSink(descriptor, (problem) => file.write(warning(`The console: ${problem}`), 1));
  const file: Sink = new DescriptorSink(openLogFile(options.file), (problem) =>
    console.write(warning(`The log ${options.file}: ${problem}`), 1),
  );
  const plain = new Gatherer(coloured ? [file] : [file, console]);
  const colourful = coloured ? new Gatherer([console]) : null;
  const least = logLevels.indexOf(options.level);
  const writes = (level: LogLevel) => logLevels.indexOf(level) >= least;
  const writer = (level: LogLevel) => {
    if (!writes(level)) return () => undefined;
    return (message: string, fields?: Record<string, unknown>) => {
      const event = { atMs: Date.now(), level, message, fields };
      plain.add(logLine(event), event.atMs);
      colourful?.add(logLine(event, true), event.atMs);
    };
  };
  const handOver = () => {
    plain.handOver();
    colourful?.handOver();
  };
  return {
    debugEnabled: () => writes("debug"),
    infoEnabled: () => writes("info"),
    debug: writer("debug"),
    info: writer("info"),
    warn: writer("warn"),
    error: writer("error"),
    print(text) {
      handOver();
      console.write(Buffer.from(text), 1);
    },
    async flush() {
      handOver();
      await Promise.all([file.flush(), console.flush()]);
    },
  };
}

function warning(message: string): Buffer {
  return Buffer.from(logLine({ atMs: Date.now(), level: "warn", message }));
}
