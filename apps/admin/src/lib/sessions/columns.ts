/** The columns of the live table. */
import type { LiveColumn } from "@lastbeat/api";

export interface Column {
  readonly name: string;
  /** CSS width; the table's layout is fixed, so that rows never shift as figures change. */
  readonly width: string;
  /** The order that a click on its head asks for. */
  readonly sort?: LiveColumn;
  /** Which way first: what needs looking at comes first. */
  readonly first?: "asc" | "desc";
  readonly align?: "right";
}

export const columns: readonly Column[] = [
  { name: "User", width: "13%", sort: "user" },
  { name: "Room", width: "9%", sort: "room" },
  { name: "State", width: "7rem", sort: "state" },
  { name: "Heartbeats", width: "7.5rem" },
  { name: "Round trip", width: "7rem", sort: "round_trip", first: "desc", align: "right" },
  { name: "Misses", width: "5.5rem", sort: "misses", first: "desc", align: "right" },
  { name: "Age", width: "6rem", sort: "age", align: "right" },
  { name: "Last seen", width: "6.5rem", sort: "last_seen", first: "desc", align: "right" },
  { name: "Last active", width: "7rem", sort: "last_active", first: "desc", align: "right" },
  { name: "Address", width: "11%", sort: "address" },
  { name: "Client", width: "12%", sort: "client" },
];

export interface Sorting {
  readonly sort: LiveColumn;
  readonly order: "asc" | "desc";
}

/** What a click on a column's head asks for: that column, or the other way round when it is by that already. */
export function nextSorting({ sort, order }: Sorting, column: LiveColumn): Sorting {
  if (sort === column) return { sort, order: order === "asc" ? "desc" : "asc" };
  return { sort: column, order: columns.find((other) => other.sort === column)?.first ?? "asc" };
}
