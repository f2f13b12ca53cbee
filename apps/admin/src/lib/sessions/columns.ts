/** The columns of the live table on a wide page. */
import type { SessionSort } from "../api/adminApi.ts";

export interface Column {
  readonly name: string;
  /** CSS width; the table's layout is fixed, so that rows never shift as figures change. */
  readonly width: string;
  /** The order a click on the head asks for. */
  readonly sort?: SessionSort;
  readonly align?: "right";
}

export const columns: readonly Column[] = [
  { name: "User", width: "14%" },
  { name: "Room", width: "10%" },
  { name: "State", width: "7rem" },
  { name: "Heartbeats", width: "7.5rem" },
  { name: "Round trip", width: "6.5rem", sort: "slowest", align: "right" },
  { name: "Misses", width: "4.5rem", align: "right" },
  { name: "Age", width: "6rem", sort: "newest", align: "right" },
  { name: "Last seen", width: "6rem", align: "right" },
  { name: "Last active", width: "6.5rem", sort: "least_active", align: "right" },
  { name: "Address", width: "11%" },
  { name: "Client", width: "10%" },
];
