/** Turns a cleanup query's filter into SQL: one index to walk, and conditions on what it yields. Values are always bound. */
import { endReasonNames } from "@lastbeat/core/reasons";
import type { CleanupQuery } from "../contract/cleanupQuery.ts";
import { firstEndId } from "./endId.ts";
import { wordQuery } from "./endWords.ts";

export type SqlValue = string | number;

export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** One walk over an index. A filter with several values of the walked column has one walk for each, merged afterwards. */
export interface Walk {
  /** `FROM …`, with the index named, so that no guess of SQLite's planner can make a page slow. */
  readonly from: string;
  /** What names an end's number in it. */
  readonly id: "e.id" | "w.rowid";
  readonly conditions: readonly Sql[];
}

export type SqlFilter = { readonly nothing: true } | { readonly nothing: false; readonly walks: readonly Walk[] };

/** Columns by which ends are found, the most telling first. */
const walkable = ["user", "address", "reason", "tier", "initiator"] as const;
type Walkable = (typeof walkable)[number];

const none: SqlFilter = { nothing: true };

/** `sessionNumber` finds the row of a session id. */
export function sqlFilter(query: CleanupQuery, sessionNumber: (sessionId: string) => number | undefined): SqlFilter {
  const words = query.text === undefined ? undefined : wordQuery(query.text);
  const session = query.session === undefined ? undefined : sessionNumber(query.session);
  if (words === null || (query.session !== undefined && session === undefined)) return none;
  const ofSession: Sql[] = session === undefined ? [] : [{ text: "e.session = ?", values: [session] }];
  if (words !== undefined) {
    const id = "w.rowid";
    const matching = { text: "ends_words MATCH ?", values: [words] };
    const conditions = [matching, ...timeConditions(query, id), ...ofSession, ...equalities(query, walkable)];
    return { nothing: false, walks: [{ from: "ends_words w CROSS JOIN ends e ON e.id = w.rowid", id, conditions }] };
  }
  if (session === undefined) return { nothing: false, walks: indexWalks(query) };
  const conditions = [...ofSession, ...timeConditions(query, "e.id"), ...equalities(query, walkable)];
  return { nothing: false, walks: [{ from: "ends e INDEXED BY ends_session", id: "e.id", conditions }] };
}

function indexWalks(query: CleanupQuery): Walk[] {
  const id = "e.id";
  const time = timeConditions(query, id);
  const walked = walkable.find((column) => query[column] !== undefined);
  const slowest = time.length === 0 && (walked === undefined || walked === "reason") ? slowestIndex(query.sort) : null;
  if (slowest !== null) return slowestWalks(query, slowest);
  if (walked === undefined) return [{ from: "ends e NOT INDEXED", id, conditions: time }];
  const others = equalities(
    query,
    walkable.filter((column) => column !== walked),
  );
  return valuesOf(query, walked).map((value) => ({
    from: `ends e INDEXED BY ends_${walked}`,
    id,
    conditions: [{ text: `e.${walked} = ?`, values: [value] }, ...time, ...others],
  }));
}

function slowestIndex(sort: CleanupQuery["sort"]): string | null {
  if (sort === "slowest_detection") return "ends_slowest_detection";
  return sort === "slowest_cleanup" ? "ends_slowest_cleanup" : null;
}

/** The slowest of every reason, each in the order of its index: no row is looked at that is not near the page. */
function slowestWalks(query: CleanupQuery, index: string): Walk[] {
  const reasons = query.reason === undefined ? endReasonNames : valuesOf(query, "reason");
  const others = equalities(query, ["tier", "initiator"]);
  return reasons.map((reason) => ({
    from: `ends e INDEXED BY ${index}`,
    id: "e.id",
    conditions: [{ text: "e.reason = ?", values: [reason] }, ...others],
  }));
}

/** A range of moments is a range of end numbers, which every index knows. */
function timeConditions({ fromMs, toMs }: CleanupQuery, id: Walk["id"]): Sql[] {
  const conditions: Sql[] = [];
  if (fromMs !== undefined) conditions.push({ text: `${id} >= ?`, values: [firstEndId(fromMs)] });
  if (toMs !== undefined) conditions.push({ text: `${id} < ?`, values: [firstEndId(toMs)] });
  return conditions;
}

/** A unary plus keeps SQLite from choosing the column's index over the one that is walked. */
function equalities(query: CleanupQuery, columns: readonly Walkable[]): Sql[] {
  return columns
    .filter((column) => query[column] !== undefined)
    .map((column) => {
      const values = valuesOf(query, column);
      return { text: `+e.${column} IN (${values.map(() => "?").join(", ")})`, values };
    });
}

function valuesOf(query: CleanupQuery, column: Walkable): string[] {
  const asked = query[column];
  if (asked === undefined) return [];
  return typeof asked === "string" ? [asked] : [...new Set(asked)];
}

/** Joins conditions into a `WHERE` clause. */
export function whereClause(conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return { text: "", values: [] };
  return {
    text: `WHERE ${conditions.map(({ text }) => text).join(" AND ")}`,
    values: conditions.flatMap(({ values }) => values),
  };
}
