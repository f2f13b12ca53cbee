/** Keeps two processes from changing one file at the same time: a lock file beside it, which only one of them can make. */
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const RETRY_MS = 20;
/** A change takes a few milliseconds; a lock this old was left by a process that died. */
const STALE_MS = 5_000;

/** Runs `work` while no other process holds the lock of `file`. `work` must not wait for anything. */
export async function withFileLock<T>(file: string, work: () => T): Promise<T> {
  const lock = `${file}.lock`;
  while (!take(lock)) await sleep(RETRY_MS);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    dropStale(lock);
    return false;
  }
}

function dropStale(lock: string): void {
  const made = statSync(lock, { throwIfNoEntry: false });
  if (made !== undefined && Date.now() - made.mtimeMs > STALE_MS) rmSync(lock, { force: true });
}
