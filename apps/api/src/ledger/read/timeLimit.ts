/**
 * Ends queries that take too long: one that reads for minutes keeps others waiting, and the write-ahead log from being emptied. The driver
 * offers no way to interrupt SQLite, so queries that may look at many rows to find few ask a function for each of them, and it throws.
 */
import type Database from "better-sqlite3";
import { queryTooLong } from "../storeErrors.ts";

export const QUERY_LIMIT_MS = 5_000;
/** The clock is looked at once in so many rows. */
const ROWS_A_LOOK = 64;

export interface TimeLimit {
  /** Runs queries that have to be done within the limit together. @throws {LastbeatError} `unavailable` */
  within<Answer>(work: () => Answer): Answer;
}

export function createTimeLimit(database: Database.Database, limitMs = QUERY_LIMIT_MS): TimeLimit {
  let untilMs = Number.POSITIVE_INFINITY;
  let rows = 0;
  database.function("in_time", { directOnly: true }, (_column: unknown) => {
    rows += 1;
    if (rows % ROWS_A_LOOK === 0 && performance.now() > untilMs) throw queryTooLong(limitMs);
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
