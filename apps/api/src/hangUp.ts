/**
 * What SIGHUP means (rule LOG2). Where the server was started from a terminal that is gone now, it is the terminal's last word, and the
 * server stops. Otherwise it is logrotate's way, or an operator's, to say that the log's file was moved.
 */
import { closeSync, constants, openSync } from "node:fs";
import { isatty } from "node:tty";
import type { Log } from "./log.ts";

export interface HangUp {
  /** What to do when the terminal has closed. */
  terminalClosed: () => void;
}

export interface Terminals {
  /** Whether a terminal controlled the process at the start. No other can hang up on it: `setsid` keeps the streams, not the control. */
  readonly controlled: boolean;
  /**
   * Standard streams that were terminals at the start, and those that still are. Under `nohup` there are none, and only that tells:
   * Node itself undoes the ignoring of SIGHUP when it starts, so what `nohup` asked for is gone from `SigIgn` by then.
   */
  readonly before: number;
  readonly now: number;
  readonly platform: NodeJS.Platform;
}

export function meaningOf({ controlled, before, now, platform }: Terminals): "terminal closed" | "log rotated" {
  // Windows sends it only when the console's window closes, and ends the process soon after.
  if (platform === "win32") return "terminal closed";
  return controlled && before > 0 && now === 0 ? "terminal closed" : "log rotated";
}

const standardStreams = [0, 1, 2];

/** Call it before anything else takes time: without a handler the signal ends the process. */
export function watchHangUp(log: Pick<Log, "reopen">): HangUp {
  const controlled = hasTerminal();
  const terminals = standardStreams.filter((descriptor) => isatty(descriptor));
  const hangUp: HangUp = { terminalClosed: () => process.exit(1) };
  process.on("SIGHUP", () => {
    const now = terminals.filter((descriptor) => isatty(descriptor)).length;
    const meaning = meaningOf({ controlled, before: terminals.length, now, platform: process.platform });
    if (meaning === "log rotated") log.reopen();
    else hangUp.terminalClosed();
  });
  return hangUp;
}

/** Whether a terminal controls the process: only then can `/dev/tty` be opened. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
