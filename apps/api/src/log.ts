/** The server's log: lines on the console and in a file, readable or as JSON. */
import type { KeeperLog } from "@lastbeat/core";
import { Gatherer } from "./log/gatherer.ts";
import { jsonLine, type LogEvent, type LogFormat, type LogLevel, logLevels, logLine } from "./log/line.ts";
import { LogFile } from "./log/logFile.ts";
import { DescriptorSink, type Sink } from "./log/sink.ts";

/** The level at which a log writes, which can be changed while the server runs (rule LOG3). */
export interface LogControl {
  /** The lowest level that is written. */
  level: LogLevel;
}

export interface Log extends KeeperLog, LogControl {
  /** Writes to the console only, never to the file. For secrets. */
  print(text: string): void;
  /** Opens the file anew, after it was rotated. */
  reopen(): void;
  /** Resolves when every line so far has been written. Remaining lines are also written on process exit. */
  flush(): Promise<void>;
}

export interface LogOptions {
  /** The file to append to. It and its folder are created if missing. */
  readonly file: string;
  /** The lowest level that is written. */
  readonly level: LogLevel;
  /** Default: `text`. */
  readonly format?: LogFormat;
  /** The console's descriptor and whether it supports colours. Default: descriptor 1, coloured if it is a terminal. */
  readonly console?: { readonly descriptor: number; readonly coloured: boolean };
}

/**
 * Opens the log.
 * @throws {LastbeatError} `cannot_start` if the file cannot be written.
 */
export function createLog({ file: path, level, format = "text", console: given }: LogOptions): Log {
  const { descriptor, coloured } = given ?? { descriptor: 1, coloured: process.stdout.isTTY === true };
  const lineOf = format === "json" ? jsonLine : (event: LogEvent) => logLine(event);
  const warn = (sink: Sink, message: string) => sink.write(Buffer.from(lineOf({ atMs: Date.now(), level: "warn", message })), 1);
  // Problems with one sink are reported on the other.
  const console: Sink = new DescriptorSink(descriptor, (problem) => warn(file, `The console: ${problem}`));
  const file: LogFile = new LogFile({
    file: path,
    onProblem: (problem) => warn(console, `The log ${path}: ${problem}`),
    onRotation: (what) => log.info(`The log file ${what}`),
  });
  const isColourful = coloured && format === "text";
  const plain = new Gatherer(isColourful ? [file] : [file, console]);
  const colourful = isColourful ? new Gatherer([console]) : null;
  let least = logLevels.indexOf(level);
  const writes = (asked: LogLevel) => logLevels.indexOf(asked) >= least;
  const writer = (own: LogLevel) => {
    const rank = logLevels.indexOf(own);
    return (message: string, fields?: Record<string, unknown>) => {
      if (rank < least) return;
      const event = { atMs: Date.now(), level: own, message, fields };
      plain.add(lineOf(event), event.atMs);
      colourful?.add(logLine(event, true), event.atMs);
    };
  };
  const handOver = () => {
    plain.handOver();
    colourful?.handOver();
  };
  const log: Log = {
    get level() {
      return logLevels[least] as LogLevel;
    },
    set level(changed) {
      least = logLevels.indexOf(changed);
    },
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
    reopen() {
      // What was logged before belongs to the file as it was.
      handOver();
      file.reopen();
    },
    async flush() {
      handOver();
      await Promise.all([file.flush(), console.flush()]);
    },
  };
  return log;
}
