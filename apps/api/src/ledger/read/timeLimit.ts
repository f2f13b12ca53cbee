/**
 * Aborts queries that take too long. One that reads for minutes blocks others and keeps the write-ahead log from being truncated. The
 * driver cannot interrupt SQLite, so queries that may scan many rows call a function for each row, which throws on timeout.
 */
import type Database from "better-sqlite3";
import { queryTooLong } from "../storeErrors.ts";

export const QUERY_LIMIT_MS = 5_000;
/** Rows between two checks of the clock. */
const ROWS_PER_CHECK = 64;

export interface TimeLimit {
  /** Runs queries that must finish within the limit in total. @throws {LastbeatError} `unavailable` */
  within<Answer>(work: () => Answer): Answer;
}

export function createTimeLimit(database: Database.Database, limitMs = QUERY_LIMIT_MS): TimeLimit {
  let untilMs = Number.POSITIVE_INFINITY;
  let rows = 0;
  database.function("in_time", { directOnly: true }, (_column: unknown) => {
    rows += 1;
    if (rows % ROWS_PER_CHECK === 0 && performance.now() > untilMs) throw queryTooLong(limitMs);
    return 1;
  });
  return {
    within(work) {
      untilMs = performance.now() + limitMs;
      try {
        return work();
      } finally {
        untilMs = Number.POSITIVE_INFINITY;
      }
    },
  };
}
