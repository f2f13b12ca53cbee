/**
 * Guards timer and event callbacks. Nobody awaits them, so an exception would end the process. A guarded callback that throws is
 * abandoned and logged instead (rule OPS3).
 */
import type { KeeperLog } from "@lastbeat/core";
import { SparseLog } from "./log/sparseLog.ts";

/** Runs `work`. If it throws, logs that the server could not `what`. */
export type Guarded = (what: string, work: () => void) => void;

export function createGuarded(log: KeeperLog): Guarded {
  const sparse = new SparseLog(log);
  return (what, work) => {
    try {
      work();
    } catch (error) {
      sparse.warn(what, `The server could not ${what}`, { error });
    }
  };
}
