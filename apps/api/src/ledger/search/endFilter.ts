/** Translates a query's filter to SQL: an index to walk and conditions on its rows. Values are always bound. */
import { endReasonNames } from "@lastbeat/core/reasons";
import type Database from "better-sqlite3";
import { type SQL, sql } from "drizzle-orm/sql/sql";
import type { EndQuery } from "../../contract/endQuery.ts";
import { firstEndId } from "../endId.ts";
import { createEndColumns } from "../upkeep/olderLedger.ts";
import { type TextSearch, textSearch } from "./textSearch.ts";
import { createWordTerms } from "./wordTerms.ts";

/** A walk over an index. A filter with several values for the walked column has one walk per value, merged afterwards. */
export interface Walk {
  /** `FROM …` with the index named, so that a wrong guess by SQLite's planner cannot make a page slow. */
  readonly from: SQL;
  /** Expression for the end's id. */
  readonly id: SQL;
  readonly conditions: readonly SQL[];
}

/**
 * An alternative for the first rows of a text search: walk the ends regardless of their words, then check the words of those. Tried first
 * when the word index might have to collect, sort or skip millions of rows.
 */
export interface Probe {
  readonly walks: readonly Walk[];
  /** Argument for `MATCH`. */
  readonly match: string;
}

export type SqlFilter =
  | { readonly nothing: true }
  | { readonly nothing: false; readonly walks: readonly Walk[]; readonly probe: Probe | null };

/** Database lookups needed to build a filter. */
export interface Lookups {
  /** The row id of a session. */
  sessionNumber(sessionId: string): number | undefined;
  /** Whether ends have their user's id: in a database of an earlier version they have not. */
  readonly hasUserIds: boolean;
  search(text: string): TextSearch | null;
}

export function createLookups(database: Database.Database): Lookups {
  const session = database.prepare<[string], number>("SELECT id FROM sessions WHERE session_id = ?").pluck();
  const terms = createWordTerms(database);
  const hasUserIds = createEndColumns(database)("user_id") !== null;
  return { sessionNumber: (sessionId) => session.get(sessionId), hasUserIds, search: (text) => textSearch(terms, text) };
}

/** Columns with an index to walk, most selective first. */
const walkable = ["userId", "user", "address", "reason", "tier", "initiator"] as const;
type Walkable = (typeof walkable)[number];

const endId = sql`e.id`;
const columnName = (column: Walkable) => (column === "userId" ? "user_id" : column);
const endColumn = (column: Walkable) => sql.raw(`e.${columnName(column)}`);
const indexed = (index: string) => sql`ends e INDEXED BY ${sql.raw(index)}`;

const none: SqlFilter = { nothing: true };

export function sqlFilter(query: EndQuery, lookups: Lookups): SqlFilter {
  const search = query.text === undefined ? undefined : lookups.search(query.text);
  const session = query.session === undefined ? undefined : lookups.sessionNumber(query.session);
  if (query.userId !== undefined && !lookups.hasUserIds) return none;
  if (search === null || (query.session !== undefined && session === undefined)) return none;
  const ofSession: SQL[] = session === undefined ? [] : [sql`e.session = ${session}`];
  const walks = session === undefined ? indexWalks(query) : [sessionWalk(query, ofSession)];
  if (search === undefined) return { nothing: false, walks, probe: null };
  const wordsWalks = [wordsWalk(search.match, query, ofSession)];
  return { nothing: false, walks: wordsWalks, probe: probeFor(query, search, walks) };
}

/** `walks` are those of the query without its text filter. */
function probeFor(query: EndQuery, { match, collects }: TextSearch, walks: readonly Walk[]): Probe | null {
  if (query.sort !== "newest" && query.sort !== "oldest") return slowestWalk(query) === null ? null : { walks, match };
  if (query.session !== undefined || firstWalkable(query) !== undefined) return { walks, match };
  if (collects === null) return null;
  return { walks: collects.without === null ? walks : [wordsWalk(collects.without, query, [])], match };
}

function wordsWalk(match: string, query: EndQuery, ofSession: readonly SQL[]): Walk {
  const id = sql`w.rowid`;
  const matching = sql`ends_words MATCH ${match}`;
  const conditions = [matching, ...timeConditions(query, id), inTime(id), ...ofSession, ...equalities(query, walkable)];
  return { from: sql`ends_words w CROSS JOIN ends e ON e.id = w.rowid`, id, conditions };
}

function sessionWalk(query: EndQuery, ofSession: readonly SQL[]): Walk {
  const conditions = [...ofSession, ...timeConditions(query, endId), ...equalities(query, walkable)];
  return { from: sql`ends e INDEXED BY ends_session`, id: endId, conditions };
}

function indexWalks(query: EndQuery): Walk[] {
  const time = timeConditions(query, endId);
  const walked = firstWalkable(query);
  const slowest = slowestWalk(query);
  if (slowest !== null) return slowestWalks(query, slowest);
  if (walked === undefined) return [{ from: sql`ends e NOT INDEXED`, id: endId, conditions: time }];
  const others = equalities(
    query,
    walkable.filter((column) => column !== walked),
  );
  return valuesOf(query, walked).map((value) => ({
    from: indexed(`ends_${columnName(walked)}`),
    id: endId,
    conditions: [sql`${endColumn(walked)} = ${value}`, ...time, ...others],
  }));
}

const firstWalkable = (query: EndQuery) => walkable.find((column) => query[column] !== undefined);

/** The index that yields the rows in the requested order; `null` if there is none or another index is more selective. */
function slowestWalk(query: EndQuery): string | null {
  const walked = firstWalkable(query);
  const timed = query.fromMs !== undefined || query.toMs !== undefined;
  if (timed || query.session !== undefined || (walked !== undefined && walked !== "reason")) return null;
  if (query.sort === "slowest_detection") return "ends_slowest_detection";
  return query.sort === "slowest_cleanup" ? "ends_slowest_cleanup" : null;
}

/** One walk per reason, each in index order, so that only rows near the page are read. */
function slowestWalks(query: EndQuery, index: string): Walk[] {
  const reasons = query.reason === undefined ? endReasonNames : valuesOf(query, "reason");
  const others = equalities(query, ["tier", "initiator"]);
  return reasons.map((reason) => ({
    from: indexed(index),
    id: endId,
    conditions: [sql`e.reason = ${reason}`, ...others],
  }));
}

/** A time range is a range of end ids, which every index contains. */
function timeConditions({ fromMs, toMs }: EndQuery, id: SQL): SQL[] {
  const conditions: SQL[] = [];
  if (fromMs !== undefined) conditions.push(sql`${id} >= ${firstEndId(fromMs)}`);
  if (toMs !== undefined) conditions.push(sql`${id} < ${firstEndId(toMs)}`);
  return conditions;
}

/**
 * Conditions not covered by an index, for which many rows may be scanned to find few. A unary plus keeps SQLite from choosing the
 * column's index over the walked one.
 */
function equalities(query: EndQuery, columns: readonly Walkable[]): SQL[] {
  const asked = columns.filter((column) => query[column] !== undefined);
  if (asked.length === 0) return [];
  return [inTime(endId), ...asked.map((column) => oneOf(column, valuesOf(query, column)))];
}

function valuesOf(query: EndQuery, column: Walkable): string[] {
  const asked = query[column];
  if (asked === undefined) return [];
  return typeof asked === "string" ? [asked] : [...new Set(asked)];
}

/** A condition on a column other than the walked one. The unary plus keeps SQLite from choosing its index. */
export function oneOf(column: Walkable, values: readonly string[]): SQL {
  const listed = sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  );
  return sql`+${endColumn(column)} IN (${listed})`;
}

/** Time limit check (`read/timeLimit.ts`). Takes a column so that SQLite evaluates it for every row. */
export const inTime = (column: SQL) => sql`in_time(${column})`;

/** Joins conditions into a `WHERE` clause. */
export function whereClause(conditions: readonly SQL[]): SQL {
  return conditions.length === 0 ? sql`` : sql`WHERE ${sql.join([...conditions], sql` AND `)}`;
}
