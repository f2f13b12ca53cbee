/**
 * What SIGHUP means (rule LOG2). Where the server was started from a terminal that is gone now, it is the terminal's last word, and the
 * server stops. Otherwise it is logrotate's way, or an operator's, to say that the log's file was moved.
 */
import { isatty } from "node:tty";
import type { Log } from "./log.ts";

export interface HangUp {
  /** What to do when the terminal has closed. */
  terminalClosed: () => void;
}

export interface Terminals {
  /** Standard streams that were terminals at the start, and those that still are. */
  readonly before: number;
  readonly now: number;
  readonly platform: NodeJS.Platform;
}

export function meaningOf({ before, now, platform }: Terminals): "terminal closed" | "log rotated" {
  // Windows sends it only when the console's window closes, and ends the process soon after.
  if (platform === "win32") return "terminal closed";
  return before > 0 && now === 0 ? "terminal closed" : "log rotated";
}

const standardStreams = [0, 1, 2];

/** Call it before anything else takes time: without a handler the signal ends the process. */
export function watchHangUp(log: Pick<Log, "reopen">): HangUp {
  const terminals = standardStreams.filter((descriptor) => isatty(descriptor));
  const hangUp: HangUp = { terminalClosed: () => process.exit(1) };
  process.on("SIGHUP", () => {
    const now = terminals.filter((descriptor) => isatty(descriptor)).length;
    const meaning = meaningOf({ before: terminals.length, now, platform: process.platform });
    if (meaning === "log rotated") log.reopen();
    else hangUp.terminalClosed();
  });
  return hangUp;
}
