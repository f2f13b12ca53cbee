/** The log as operators see and change it while the server runs (rule LOG3). The next start has the configured level again. */
import type { KeeperLog } from "@lastbeat/core";
import type { LogView } from "../contract/logLevel.ts";
import type { LogControl } from "../log.ts";
import { type LogLevel, logLevels } from "./line.ts";

export class LogSettings {
  readonly #log: KeeperLog;
  readonly #control: LogControl;
  readonly #configured: Omit<LogView, "configured">;

  constructor(log: KeeperLog, control: LogControl, configured: Omit<LogView, "configured">) {
    this.#log = log;
    this.#control = control;
    this.#configured = configured;
  }

  view(): LogView {
    const { level, format, file } = this.#configured;
    return { level: this.#control.level, configured: level, format, file };
  }

  /** The change is itself a line of the log, written by the more talkative of the two levels. @returns the level before. */
  change(level: LogLevel, by: string): LogLevel {
    const before = this.#control.level;
    if (level === before) return before;
    const quieter = logLevels.indexOf(level) > logLevels.indexOf(before);
    if (!quieter) this.#control.level = level;
    this.#log.warn(`The log's level is ${level} now`, { before, by });
    this.#control.level = level;
    return before;
  }
}
