/** Keeps two processes from changing the same file at once, by creating a lock file beside it exclusively. */
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const RETRY_MS = 20;
/** A change takes a few milliseconds; a lock this old was left by a process that died. */
const STALE_MS = 5_000;

/** Runs `work` while holding the lock of `file`. `work` must be synchronous. */
export async function withFileLock<T>(file: string, work: () => T): Promise<T> {
  const lock = `${file}.lock`;
  while (!acquire(lock)) await sleep(RETRY_MS);
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function acquire(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    removeIfStale(lock);
    return false;
  }
}

function removeIfStale(lock: string): void {
  const found = statSync(lock, { throwIfNoEntry: false });
  if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) rmSync(lock, { force: true });
}
