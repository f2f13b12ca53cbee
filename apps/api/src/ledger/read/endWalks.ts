/** Runs the index walks of a filter: finds the next ends in order, and counts them. */
import type Database from "better-sqlite3";
import { type SQL, sql } from "drizzle-orm/sql/sql";
import type { EndQuery } from "../../contract/endQuery.ts";
import { inTime, type Walk, whereClause } from "../search/endFilter.ts";
import type { Position } from "./endCursor.ts";
import { rowsOf } from "./rowsOf.ts";

interface Order {
  /** Primary sort column, before the id; `null` to sort by id alone, which is time order. */
  readonly column: SQL | null;
  readonly descending: boolean;
}

const orders: Readonly<Record<EndQuery["sort"], Order>> = {
  newest: { column: null, descending: true },
  oldest: { column: null, descending: false },
  slowest_detection: { column: sql`e.detection_ms`, descending: true },
  slowest_cleanup: { column: sql`e.cleanup_ms`, descending: true },
};

export interface Wanted {
  readonly sort: EndQuery["sort"];
  readonly after: Position | null;
  readonly atMost: number;
}

/** The next rows in order, merged from the first rows of each walk. */
export function positionsAfter(database: Database.Database, walks: readonly Walk[], { sort, after, atMost }: Wanted): Position[] {
  const order = orders[sort];
  const direction = sql.raw(order.descending ? "DESC" : "ASC");
  const found = walks.flatMap(({ from, id, conditions }) => {
    const { column: key } = order;
    // If SQLite must sort, it reads all rows first.
    const limit = key === null ? [] : [inTime(id)];
    const where = whereClause([...conditions, ...limit, ...afterCondition({ key, id, descending: order.descending }, after)]);
    const by = key === null ? sql`${id} ${direction}` : sql`${key} ${direction}, ${id} ${direction}`;
    return rowsOf<Position>(
      database,
      sql`SELECT ${key ?? id} AS key, ${id} AS id FROM ${from} ${where} ORDER BY ${by} LIMIT ${atMost}`,
    );
  });
  const sign = order.descending ? -1 : 1;
  return found.sort((a, b) => sign * (a.key - b.key || a.id - b.id)).slice(0, atMost);
}

interface Keyed {
  /** `null` to sort by id alone. */
  readonly key: SQL | null;
  readonly id: SQL;
  readonly descending: boolean;
}

function afterCondition({ key, id, descending }: Keyed, after: Position | null): SQL[] {
  if (after === null) return [];
  const beyond = sql.raw(descending ? "<" : ">");
  return [key === null ? sql`${id} ${beyond} ${after.id}` : sql`(${key}, ${id}) ${beyond} (${after.key}, ${after.id})`];
}

/** Counts the walks' matches, up to `atMost`. */
export function countUpTo(database: Database.Database, walks: readonly Walk[], atMost: number): number {
  let total = 0;
  for (const walk of walks) {
    const counted = sql`SELECT 1 FROM ${walk.from} ${whereClause(walk.conditions)} LIMIT ${atMost - total}`;
    const [row] = rowsOf<{ matches: number }>(database, sql`SELECT count(*) AS matches FROM (${counted})`);
    total += row?.matches ?? 0;
    if (total >= atMost) break;
  }
  return total;
}
