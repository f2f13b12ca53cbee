/**
 * Keeps the write-ahead log short. SQLite moves the log into the database by itself every thousand pages, but begins it again only
 * at an instant in which nobody reads from it: under queries that overlap without a break that instant never comes and the log
 * grows. So beyond a limit the writer, in its own thread, waits for the queries under way; those that begin meanwhile need the log no more.
 */
import { statSync } from "node:fs";
import type Database from "better-sqlite3";

export const WAL_LIMIT_BYTES = 16 * 2 ** 20;
/** Beyond so many times the limit somebody should know that a query, here or in another program, keeps it from being emptied. */
const GROWN = 4;
/** How long a commit may be held up for a query; one that takes longer is waited for again a while later. */
const WAIT_MS = 250;
const AGAIN_AFTER_MS = 1_000;

export interface Checkpointer {
  /** Call it after a commit. `true` when the log was emptied. */
  afterCommit(): boolean;
}

export interface CheckpointerOptions {
  readonly limitBytes?: number;
  /** Told once for each time that the log outgrows the limit by far. */
  readonly onGrown?: (bytes: number) => void;
}

export function createCheckpointer(
  database: Database.Database,
  { limitBytes = WAL_LIMIT_BYTES, onGrown }: CheckpointerOptions = {},
): Checkpointer {
  const log = `${database.name}-wal`;
  const usualWaitMs = Number(database.pragma("busy_timeout", { simple: true }));
  let notBeforeMs = 0;
  let told = false;

  function empty(): boolean {
    database.pragma(`busy_timeout = ${WAIT_MS}`);
    try {
      return Number(database.pragma("wal_checkpoint(TRUNCATE)", { simple: true })) === 0;
    } catch {
      // What is wrong with the disk shows at the next commit, which can be answered for.
      return false;
    } finally {
      database.pragma(`busy_timeout = ${usualWaitMs}`);
    }
  }

  function tellIfGrown(bytes: number): void {
    if (told || bytes <= GROWN * limitBytes) return;
    told = true;
    onGrown?.(bytes);
  }

  return {
    afterCommit() {
      const bytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes <= limitBytes || performance.now() < notBeforeMs) {
        tellIfGrown(bytes);
        return false;
      }
      const emptied = empty();
      if (emptied) told = false;
      else notBeforeMs = performance.now() + AGAIN_AFTER_MS;
      return emptied;
    },
  };
}
