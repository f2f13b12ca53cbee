/** Pages of cleanup history: keyset pagination, so that the thousandth page costs what the first one does. */
import type Database from "better-sqlite3";
import type { CleanupQuery } from "../contract/cleanupQuery.ts";
import type { Cleanup, CleanupPage } from "../contract/views.ts";
import { type Position, readCursor, writeCursor } from "./cleanupCursor.ts";
import { type Sql, type SqlFilter, type SqlValue, sqlFilter, type Walk, whereClause } from "./cleanupFilter.ts";
import { type CleanupRow, cleanupOf } from "./cleanupRow.ts";

/** Matches are counted up to here. */
export const TOTAL_CAP = 10_000;

interface Order {
  /** What rows are ordered by before their number; `null` for the number alone, which is the order of time. */
  readonly column: "e.detection_ms" | "e.cleanup_ms" | null;
  readonly descending: boolean;
}

const orders: Readonly<Record<CleanupQuery["sort"], Order>> = {
  newest: { column: null, descending: true },
  oldest: { column: null, descending: false },
  slowest_detection: { column: "e.detection_ms", descending: true },
  slowest_cleanup: { column: "e.cleanup_ms", descending: true },
};

export interface CleanupPages {
  page(query: CleanupQuery): CleanupPage;
  /** A page without the count of all matches. */
  rows(query: CleanupQuery): { rows: Cleanup[]; nextCursor: string | null };
  get(sessionId: string): Cleanup | null;
}

export function createCleanupPages(database: Database.Database): CleanupPages {
  const session = database.prepare<[string], number>("SELECT id FROM sessions WHERE session_id = ?").pluck();
  const byIds = database.prepare<[string], CleanupRow>("SELECT * FROM cleanups WHERE end_id IN (SELECT value FROM json_each(?))");
  const bySession = database.prepare<[string], CleanupRow>("SELECT * FROM cleanups WHERE session_id = ?");
  const filterOf = (query: CleanupQuery) => sqlFilter(query, (sessionId) => session.get(sessionId));

  function rows(query: CleanupQuery, filter: SqlFilter = filterOf(query)): { rows: Cleanup[]; nextCursor: string | null } {
    const after = query.cursor === undefined ? null : readCursor(query.sort, query.cursor);
    const positions = filter.nothing ? [] : positionsAfter(database, filter.walks, { query, after });
    return pageOf(query, positions);
  }

  function pageOf(query: CleanupQuery, positions: readonly Position[]): { rows: Cleanup[]; nextCursor: string | null } {
    const page = positions.slice(0, query.limit);
    const found = new Map(byIds.all(JSON.stringify(page.map(({ id }) => id))).map((row) => [row.end_id, row]));
    const last = page.at(-1);
    return {
      rows: page.flatMap(({ id }) => found.get(id) ?? []).map(cleanupOf),
      nextCursor: positions.length > query.limit && last !== undefined ? writeCursor(query.sort, last) : null,
    };
  }

  return {
    rows: (query) => rows(query),
    page(query) {
      const filter = filterOf(query);
      if (!filter.nothing && query.text !== undefined && query.cursor === undefined) {
        // Gathering the matches of a common word takes longer than walking them: once must do for both rows and total.
        const positions = positionsAfter(database, filter.walks, { query, after: null, atMost: TOTAL_CAP + 1 });
        return { ...pageOf(query, positions), ...totalOf(positions.length) };
      }
      const total = filter.nothing ? 0 : countUpToCap(database, filter.walks);
      return { ...rows(query, filter), ...totalOf(total) };
    },
    get(sessionId) {
      const row = bySession.get(sessionId);
      return row === undefined ? null : cleanupOf(row);
    },
  };
}

function totalOf(total: number): Pick<CleanupPage, "total" | "totalIsAtLeast"> {
  return { total: Math.min(total, TOTAL_CAP), totalIsAtLeast: total > TOTAL_CAP };
}

interface Wanted {
  readonly query: CleanupQuery;
  readonly after: Position | null;
  /** Default: one more than a page holds. */
  readonly atMost?: number;
}

/** The next rows in order: each walk yields its first ones, and the best of them all are kept. */
function positionsAfter(database: Database.Database, walks: readonly Walk[], wanted: Wanted): Position[] {
  const { query, after, atMost = query.limit + 1 } = wanted;
  const order = orders[query.sort];
  const direction = order.descending ? "DESC" : "ASC";
  const found = walks.flatMap(({ from, id, conditions }) => {
    const key = order.column ?? id;
    const where = whereClause([...conditions, ...afterCondition({ key, id, descending: order.descending }, after)]);
    const by = key === id ? `${id} ${direction}` : `${key} ${direction}, ${id} ${direction}`;
    const sql = `SELECT ${key} AS key, ${id} AS id FROM ${from} ${where.text} ORDER BY ${by} LIMIT ?`;
    return all<Position>(database, sql, [...where.values, atMost]);
  });
  const sign = order.descending ? -1 : 1;
  return found.sort((a, b) => sign * (a.key - b.key || a.id - b.id)).slice(0, atMost);
}

interface Keyed {
  readonly key: string;
  readonly id: string;
  readonly descending: boolean;
}

function afterCondition({ key, id, descending }: Keyed, after: Position | null): Sql[] {
  if (after === null) return [];
  const beyond = descending ? "<" : ">";
  if (key === id) return [{ text: `${id} ${beyond} ?`, values: [after.id] }];
  return [{ text: `(${key}, ${id}) ${beyond} (?, ?)`, values: [after.key, after.id] }];
}

/** Counts matches, but no more than one beyond the cap. */
function countUpToCap(database: Database.Database, walks: readonly Walk[]): number {
  let total = 0;
  for (const walk of walks) {
    const where = whereClause(walk.conditions);
    const sql = `SELECT count(*) AS matches FROM (SELECT 1 FROM ${walk.from} ${where.text} LIMIT ?)`;
    const [row] = all<{ matches: number }>(database, sql, [...where.values, TOTAL_CAP + 1 - total]);
    total += row?.matches ?? 0;
    if (total > TOTAL_CAP) break;
  }
  return total;
}

function all<Row>(database: Database.Database, sql: string, values: readonly SqlValue[]): Row[] {
  return database.prepare<SqlValue[], Row>(sql).all(...values);
}
