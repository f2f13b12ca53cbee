/** The filter of the history of ends, and how it is written in the address bar. Pure. */

import { type EndReason, isEndReason, type Tier, tiers } from "@lastbeat/core/reasons";
import type { EndsQuery } from "../api/adminApi.ts";

/** Ranges counted back from now, in milliseconds. */
export const ranges = {
  "15m": { label: "15 min", ms: 15 * 60_000 },
  "1h": { label: "1 hour", ms: 3_600_000 },
  "24h": { label: "24 hours", ms: 86_400_000 },
  "7d": { label: "7 days", ms: 7 * 86_400_000 },
  "30d": { label: "30 days", ms: 30 * 86_400_000 },
  all: { label: "All time", ms: null },
} as const;
export type RangeName = keyof typeof ranges;

/** A named range, or an exact one in epoch milliseconds. */
export type TimeRange = RangeName | { readonly fromMs: number | null; readonly toMs: number | null };

export interface HistoryFilter {
  readonly range: TimeRange;
  readonly tiers: readonly Tier[];
  readonly reasons: readonly EndReason[];
  readonly user: string;
  readonly text: string;
}

export const emptyFilter: HistoryFilter = { range: "24h", tiers: [], reasons: [], user: "", text: "" };

export function filterFromUrl(params: Pick<URLSearchParams, "get">): HistoryFilter {
  const tierNames = (params.get("tier") ?? "").split(",");
  return {
    range: rangeFromUrl(params),
    tiers: tiers.filter((tier) => tierNames.includes(tier)),
    reasons: (params.get("reason") ?? "").split(",").filter(isEndReason),
    user: params.get("user") ?? "",
    text: params.get("text") ?? "",
  };
}

function rangeFromUrl(params: Pick<URLSearchParams, "get">): TimeRange {
  const fromMs = moment(params.get("from"));
  const toMs = moment(params.get("to"));
  if (fromMs !== null || toMs !== null) return { fromMs, toMs };
  const name = params.get("range") ?? "";
  return Object.hasOwn(ranges, name) ? (name as RangeName) : emptyFilter.range;
}

function moment(text: string | null): number | null {
  const ms = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

export function filterToUrl(filter: HistoryFilter): URLSearchParams {
  const params = new URLSearchParams();
  const { range } = filter;
  if (typeof range === "string") {
    if (range !== emptyFilter.range) params.set("range", range);
  } else {
    if (range.fromMs !== null) params.set("from", new Date(range.fromMs).toISOString());
    if (range.toMs !== null) params.set("to", new Date(range.toMs).toISOString());
  }
  if (filter.tiers.length > 0) params.set("tier", filter.tiers.join(","));
  if (filter.reasons.length > 0) params.set("reason", filter.reasons.join(","));
  if (filter.user !== "") params.set("user", filter.user);
  if (filter.text !== "") params.set("text", filter.text);
  return params;
}

/** The query for the server. A named range counts back from `nowMs`. */
export function filterToQuery(filter: HistoryFilter, nowMs: number): EndsQuery {
  const query: EndsQuery = {};
  const { fromMs, toMs } = rangeBounds(filter.range, nowMs);
  if (fromMs !== null) query.fromMs = fromMs;
  if (toMs !== null) query.toMs = toMs;
  if (filter.tiers.length > 0) query.tier = [...filter.tiers];
  if (filter.reasons.length > 0) query.reason = [...filter.reasons];
  if (filter.user.trim() !== "") query.user = filter.user.trim();
  if (filter.text.trim() !== "") query.text = filter.text.trim();
  return query;
}

/** The server path of the export of all matches. */
export function exportHref(filter: HistoryFilter, nowMs: number, format: "csv" | "jsonl"): `/${string}` {
  const asked = Object.entries(filterToQuery(filter, nowMs)).map(([name, value]): [string, string] => [name, String(value)]);
  return `/api/ends/export?${new URLSearchParams([["format", format], ...asked])}`;
}

function rangeBounds(range: TimeRange, nowMs: number): { fromMs: number | null; toMs: number | null } {
  if (typeof range !== "string") return range;
  const { ms } = ranges[range];
  return { fromMs: ms === null ? null : Math.floor(nowMs - ms), toMs: null };
}

/** Why the filter is invalid, or `null`. */
export function filterProblem({ range }: HistoryFilter): string | null {
  if (typeof range === "string" || range.fromMs === null || range.toMs === null) return null;
  return range.fromMs < range.toMs ? null : "The end of the range must be after its start.";
}

/** Whether anything but the time range is filtered. */
export function isNarrowed(filter: HistoryFilter): boolean {
  return filter.tiers.length > 0 || filter.reasons.length > 0 || filter.user !== "" || filter.text !== "";
}

/** Toggles `item` in a list. */
export function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}
