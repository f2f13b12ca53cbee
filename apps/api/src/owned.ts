/**
 * Work that a timer or an event starts has nobody who waits for it, so what it throws would end the process. Here it ends that piece of
 * work and leaves a line in the log (rule OPS3).
 */
import type { KeeperLog } from "@lastbeat/core";
import { SparseLog } from "./log/sparseLog.ts";

/** Runs `work`; `what` says in the log what could not be done, as in "could not <what>". */
export type Owned = (what: string, work: () => void) => void;

export function owner(log: KeeperLog): Owned {
  const sparse = new SparseLog(log);
  return (what, work) => {
    try {
      work();
    } catch (error) {
      sparse.warn(what, `The server could not ${what}`, { error });
    }
  };
}
