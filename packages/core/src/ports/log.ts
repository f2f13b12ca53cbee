/** The port to the log, and the log of a keeper that was given none. */

/** One line for the log, in the words an operator greps. */
export interface KeeperLog {
  /** Whether debug lines are wanted; without it they are. Asked once per heartbeat, so that no line is built for nobody. */
  debugEnabled?(): boolean;
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export const silentLog: KeeperLog = {
  debugEnabled: () => false,
  debug() {},
  info() {},
  warn() {},
  error() {},
};
