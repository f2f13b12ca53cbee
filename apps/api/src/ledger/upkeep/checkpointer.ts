/**
 * Keeps the write-ahead log (WAL) short. SQLite checkpoints it every thousand pages, but restarts it only when no query reads from it.
 * Under constantly overlapping queries that never happens, and the WAL grows. So beyond a size limit the writer thread waits for running
 * queries. Queries that start in the meantime no longer need the WAL.
 */
import { statSync } from "node:fs";
import type Database from "better-sqlite3";

export const WAL_LIMIT_BYTES = 16 * 2 ** 20;
/** Multiple of the limit at which a warning is logged: a query, here or in another program, keeps the WAL from being truncated. */
const GROWN = 4;
/** How long a commit may wait for a query. If the query takes longer, the checkpoint is retried later. */
const WAIT_MS = 250;
const RETRY_MS = 1_000;

export interface Checkpointer {
  /** Call after each commit. Returns whether the WAL was truncated. */
  afterCommit(): boolean;
}

export interface CheckpointerOptions {
  readonly limitBytes?: number;
  /** Called once each time the WAL outgrows the limit by far. */
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
      // A disk error will show up at the next commit, which can report it.
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
      else notBeforeMs = performance.now() + RETRY_MS;
      return emptied;
    },
  };
}
