/** The filter and the order of the live table, and how they are written in the address bar. Pure. */
import type { LiveColumn, LiveState } from "@lastbeat/api";
import type { WindowQuery } from "../api/adminApi.ts";
import { columns, type Sorting } from "./columns.ts";

export const listedStates = ["active", "suspect", "opening", "suspended", "ending"] as const satisfies readonly LiveState[];
const newest: Sorting = { sort: "age", order: "asc" };

export interface SessionFilter extends Sorting {
  readonly search: string;
  readonly states: readonly LiveState[];
}

export function filterFromUrl(params: Pick<URLSearchParams, "get">): SessionFilter {
  const sort = columns.find((column) => column.sort !== undefined && column.sort === params.get("sort"))?.sort;
  const wanted = (params.get("state") ?? "").split(",");
  return {
    search: params.get("search") ?? "",
    states: listedStates.filter((state) => wanted.includes(state)),
    ...(sort === undefined ? newest : { sort: sort as LiveColumn, order: params.get("order") === "desc" ? "desc" : "asc" }),
  };
}

export function filterToUrl({ search, states, sort, order }: SessionFilter): URLSearchParams {
  const params = new URLSearchParams();
  if (search !== "") params.set("search", search);
  if (states.length > 0) params.set("state", states.join(","));
  if (sort !== newest.sort || order !== newest.order) {
    params.set("sort", sort);
    if (order === "desc") params.set("order", order);
  }
  return params;
}

/** The filter as the server takes it; what part of the table is wanted is not said yet. */
export function filterToQuery({ search, states, sort, order }: SessionFilter): WindowQuery {
  const query: WindowQuery = { sort, order };
  if (search.trim() !== "") query.search = search.trim();
  if (states.length > 0) query.state = [...states];
  return query;
}
