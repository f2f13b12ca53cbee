/** The filter of the live table, and how it is written in the address bar. Pure. */
import type { ListedState, SessionSort, SessionsQuery } from "../api/adminApi.ts";

export const listedStates = ["active", "suspect", "opening", "suspended", "ending"] as const satisfies readonly ListedState[];
export const sessionSorts: Readonly<Record<SessionSort, string>> = {
  newest: "Newest first",
  oldest: "Oldest first",
  least_active: "Longest inactive",
  slowest: "Slowest round trip",
};

/** The server lists no more than this at once. */
export const LIST_LIMIT = 1_000;

export interface SessionFilter {
  readonly search: string;
  readonly states: readonly ListedState[];
  readonly sort: SessionSort;
}

export function filterFromUrl(params: Pick<URLSearchParams, "get">): SessionFilter {
  const sort = params.get("sort") ?? "";
  const wanted = (params.get("state") ?? "").split(",");
  return {
    search: params.get("search") ?? "",
    states: listedStates.filter((state) => wanted.includes(state)),
    sort: Object.hasOwn(sessionSorts, sort) ? (sort as SessionSort) : "newest",
  };
}

export function filterToUrl({ search, states, sort }: SessionFilter): URLSearchParams {
  const params = new URLSearchParams();
  if (search !== "") params.set("search", search);
  if (states.length > 0) params.set("state", states.join(","));
  if (sort !== "newest") params.set("sort", sort);
  return params;
}

export function filterToQuery({ search, states, sort }: SessionFilter): SessionsQuery {
  const query: SessionsQuery = { sort, limit: LIST_LIMIT };
  if (search.trim() !== "") query.search = search.trim();
  if (states.length > 0) query.state = [...states];
  return query;
}
