/** The log port, and a log that discards everything. */

/** Writes log lines, in wording that operators grep for. */
export interface KeeperLog {
  /** Whether debug lines are written; true if omitted. Called once per heartbeat, to avoid building a line that is discarded. */
  debugEnabled?(): boolean;
  /** Whether info lines are written; true if omitted. Called for each line that every session writes. */
  infoEnabled?(): boolean;
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export const silentLog: KeeperLog = {
  debugEnabled: () => false,
  infoEnabled: () => false,
  debug() {},
  info() {},
  warn() {},
  error() {},
};
