/** The log of a keeper that was given none. */
import type { KeeperLog } from "./keeperTypes.ts";

export const silentLog: KeeperLog = {
  debugEnabled: () => false,
  debug() {},
  info() {},
  warn() {},
  error() {},
};
