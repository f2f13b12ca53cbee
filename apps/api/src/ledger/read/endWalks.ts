/** Runs the walks of a filter: the next ends in an order, and how many there are. */
import type Database from "better-sqlite3";
import type { EndQuery } from "../../contract/endQuery.ts";
import { type Sql, type SqlValue, type Walk, whereClause } from "../search/endFilter.ts";
import type { Position } from "./endCursor.ts";
import { inTime } from "./timeLimit.ts";

interface Order {
  /** What rows are ordered by before their number; `null` for the number alone, which is the order of time. */
  readonly column: "e.detection_ms" | "e.cleanup_ms" | null;
  readonly descending: boolean;
}

const orders: Readonly<Record<EndQuery["sort"], Order>> = {
  newest: { column: null, descending: true },
  oldest: { column: null, descending: false },
  slowest_detection: { column: "e.detection_ms", descending: true },
  slowest_cleanup: { column: "e.cleanup_ms", descending: true },
};

export interface Wanted {
  readonly sort: EndQuery["sort"];
  readonly after: Position | null;
  readonly atMost: number;
}

/** The next rows in order: each walk yields its first ones, and the best of them all are kept. */
export function positionsAfter(database: Database.Database, walks: readonly Walk[], { sort, after, atMost }: Wanted): Position[] {
  const order = orders[sort];
  const direction = order.descending ? "DESC" : "ASC";
  const found = walks.flatMap(({ from, id, conditions }) => {
    const key = order.column ?? id;
    // Rows that have to be sorted are all looked at first.
    const limit: Sql[] = order.column === null ? [] : [{ text: inTime(id), values: [] }];
    const where = whereClause([...conditions, ...limit, ...afterCondition({ key, id, descending: order.descending }, after)]);
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

/** Counts what the walks find, but no more than `atMost`. */
export function countUpTo(database: Database.Database, walks: readonly Walk[], atMost: number): number {
  let total = 0;
  for (const walk of walks) {
    const where = whereClause(walk.conditions);
    const sql = `SELECT count(*) AS matches FROM (SELECT 1 FROM ${walk.from} ${where.text} LIMIT ?)`;
    const [row] = all<{ matches: number }>(database, sql, [...where.values, atMost - total]);
    total += row?.matches ?? 0;
    if (total >= atMost) break;
  }
  return total;
}

function all<Row>(database: Database.Database, sql: string, values: readonly SqlValue[]): Row[] {
  return database.prepare<SqlValue[], Row>(sql).all(...values);
}
