/** Counts ends over time, from the roll-up if the filter allows it, otherwise from the rows. */
import type { LateCause } from "@lastbeat/core";
import { type EndReason, endReasonNames, type Tier, tiers } from "@lastbeat/core/reasons";
import type Database from "better-sqlite3";
import { type SQL, sql } from "drizzle-orm/sql/sql";
import type { EndQuery } from "../../contract/endQuery.ts";
import type { EndStats } from "../../contract/views.ts";
import { detectionBucket } from "../detectionBuckets.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../durations.ts";
import { ENDS_PER_MS, endIdMs, firstEndId } from "../endId.ts";
import { createLookups, inTime, oneOf, sqlFilter, whereClause } from "../search/endFilter.ts";
import { createEndColumns } from "../upkeep/olderLedger.ts";
import { type CountedDetections, createPercentiles, exactPercentiles, type Percentiles } from "./detectionPercentiles.ts";
import { rowsOf } from "./rowsOf.ts";

/** Possible bucket widths. The smallest that needs at most `MAX_BUCKETS` is used. */
const rowWidths = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS];
const rollupWidths = [HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS];
const MAX_BUCKETS = 180;
/** Spans up to this length are counted from the rows, for finer buckets. */
const FINE_SPAN_MS = DAY_MS;
const FINE_ROWS = 50_000;

/** Number of ends with the same time bucket, tier and reason. */
interface CountedEnds {
  readonly atMs: number;
  readonly tier: Tier;
  readonly reason: EndReason;
  readonly ends: number;
}

/** Number of late ends with the same cause. */
interface CountedLate {
  readonly lateCause: LateCause | null;
  readonly ends: number;
}

/** The same ends counted in three ways. */
interface Counted {
  readonly ends: readonly CountedEnds[];
  readonly detections: readonly CountedDetections[];
  readonly late: readonly CountedLate[];
  /** Whether `detections` holds exact times rather than bucket edges. */
  readonly exact: boolean;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export type ReadStats = (query: EndQuery) => EndStats;

export function createEndStats(database: Database.Database): ReadStats {
  const lookups = createLookups(database);
  const percentiles = createPercentiles(database);
  const firstHour = database.prepare<[], number | null>("SELECT min(hour_at_ms) FROM rollup_hours").pluck();
  const lastHour = database.prepare<[], number | null>("SELECT max(hour_at_ms) FROM rollup_hours").pluck();

  function spanOf({ fromMs, toMs }: EndQuery): Span | null {
    const first = firstHour.get() ?? null;
    const last = lastHour.get() ?? null;
    if (first === null || last === null) return null;
    const span = { fromMs: Math.max(fromMs ?? first, first), toMs: Math.min(toMs ?? last + HOUR_MS, last + HOUR_MS) };
    return span.fromMs < span.toMs ? span : null;
  }

  return (query) => {
    const span = spanOf(query);
    if (span === null) return summary([], HOUR_MS, noTimes);
    if (hasRowsOnlyFilter(query)) {
      const filter = sqlFilter({ ...query, ...span }, lookups);
      const width = widthFor(span, [...rowWidths, ...rollupWidths]);
      if (filter.nothing) return summary([], width, noTimes);
      const limit = inTime(sql`e.id`);
      const counted = filter.walks.map(({ from, conditions }) =>
        countRows(database, from, { conditions: [...conditions, limit], width }),
      );
      return summary(counted, width, exactPercentiles(timesOf(counted)));
    }
    const width = widthFor(span, isFine(database, span) ? [...rowWidths, ...rollupWidths] : rollupWidths);
    const counted = countAll(database, query, { ...span, width });
    const exact = counted.every((part) => part.exact);
    return summary(
      counted,
      width,
      exact ? exactPercentiles(timesOf(counted)) : percentiles(edgesOf(counted), { query, ...span }),
    );
  };
}

const noTimes: Percentiles = { medianMs: null, p99Ms: null, exact: true };

const timesOf = (counted: readonly Counted[]) => counted.flatMap(({ detections }) => detections);

/** All detection times, rounded up to their buckets' edges. */
function edgesOf(counted: readonly Counted[]): CountedDetections[] {
  const edge = (time: CountedDetections) => ({ ...time, detectionMs: detectionBucket(time.detectionMs) });
  return counted.flatMap(({ detections, exact }) => (exact ? detections.map(edge) : detections));
}

function hasRowsOnlyFilter({ user, userId, session, address, text }: EndQuery): boolean {
  return user !== undefined || userId !== undefined || session !== undefined || address !== undefined || text !== undefined;
}

function widthFor({ fromMs, toMs }: Span, widths: readonly number[]): number {
  return widths.find((width) => (toMs - fromMs) / width <= MAX_BUCKETS) ?? 365 * DAY_MS;
}

/** Whether a span is short enough, with few enough ends, to count its rows. */
function isFine(database: Database.Database, { fromMs, toMs }: Span): boolean {
  if (toMs - fromMs > FINE_SPAN_MS) return false;
  const sum = database
    .prepare<[number, number], number | null>("SELECT sum(count) FROM rollup_hours WHERE hour_at_ms > ? AND hour_at_ms < ?")
    .pluck();
  return (sum.get(fromMs - HOUR_MS, toMs) ?? 0) <= FINE_ROWS;
}

/** Counts whole hours from the roll-up, and the remainders before and after from the rows. */
function countAll(database: Database.Database, query: EndQuery, { fromMs, toMs, width }: Span & { width: number }): Counted[] {
  const conditions = keyConditions(query);
  const rows = (from: number, to: number): Counted[] => {
    if (from >= to) return [];
    const range = sql`e.id >= ${firstEndId(from)} AND e.id < ${firstEndId(to)}`;
    return [countRows(database, sql`ends e NOT INDEXED`, { conditions: [range, ...conditions], width })];
  };
  if (width < HOUR_MS) return rows(fromMs, toMs);
  const firstWhole = Math.ceil(fromMs / HOUR_MS) * HOUR_MS;
  const lastWhole = Math.floor(toMs / HOUR_MS) * HOUR_MS;
  if (firstWhole >= lastWhole) return rows(fromMs, toMs);
  const hours = countHours(database, conditions, { fromMs: firstWhole, toMs: lastWhole, width });
  return [...rows(fromMs, firstWhole), hours, ...rows(lastWhole, toMs)];
}

function keyConditions(query: EndQuery): SQL[] {
  return (["tier", "reason", "initiator"] as const).flatMap((column) => {
    const values = query[column];
    return values === undefined ? [] : [oneOf(column, values)];
  });
}

/** Numbers are bound as floating point. Dividing by one would not truncate, so every time would get its own bucket. */
const whole = (value: number) => sql`CAST(${value} AS INTEGER)`;

/**
 * Counts whole hours: ends per hour, and detection times per day for whole days. The full roll-up, which has both, has ten times as many
 * rows.
 */
function countHours(
  database: Database.Database,
  conditions: readonly SQL[],
  { fromMs, toMs, width }: Span & { width: number },
): Counted {
  const within = (column: string, span: Span) => {
    const moment = sql.raw(`e.${column}`);
    return whereClause([sql`${moment} >= ${span.fromMs} AND ${moment} < ${span.toMs}`, ...conditions]);
  };
  const detections = (table: string, column: string, span: Span): CountedDetections[] => {
    if (span.fromMs >= span.toMs) return [];
    const from = sql`${sql.raw(table)} e ${within(column, span)}`;
    return rowsOf(database, sql`SELECT e.detection_up_to_ms AS detectionMs, sum(e.count) AS ends FROM ${from} GROUP BY 1`);
  };
  const where = within("hour_at_ms", { fromMs, toMs });
  const hours = rowsOf<CountedEnds>(
    database,
    sql`SELECT e.hour_at_ms AS atMs, e.tier, e.reason, sum(e.count) AS ends FROM rollup_hours e ${where}
        GROUP BY e.hour_at_ms, e.tier, e.reason`,
  );
  const late = rowsOf<CountedLate>(
    database,
    sql`SELECT e.cause AS lateCause, sum(e.count) AS ends FROM rollup_late e ${where} GROUP BY e.cause`,
  );
  const firstDay = Math.min(toMs, Math.ceil(fromMs / DAY_MS) * DAY_MS);
  const lastDay = Math.max(firstDay, Math.floor(toMs / DAY_MS) * DAY_MS);
  return {
    late,
    exact: false,
    ends: hours.map((hour) => ({ ...hour, atMs: Math.floor(hour.atMs / width) * width })),
    detections: [
      ...detections("rollup", "hour_at_ms", { fromMs, toMs: firstDay }),
      ...detections("rollup_days", "day_at_ms", { fromMs: firstDay, toMs: lastDay }),
      ...detections("rollup", "hour_at_ms", { fromMs: lastDay, toMs }),
    ],
  };
}

function countRows(
  database: Database.Database,
  from: SQL,
  { conditions, width }: { conditions: readonly SQL[]; width: number },
): Counted {
  const lateCause = sql.raw(createEndColumns(database)("late_cause") ?? "NULL");
  const rows = rowsOf<CountedEnds & CountedDetections & CountedLate & { at: number }>(
    database,
    sql`SELECT e.id / ${whole(width * ENDS_PER_MS)} AS at, e.tier, e.reason, e.detection_ms AS detectionMs, ${lateCause} AS lateCause,
        count(*) AS ends FROM ${from} ${whereClause(conditions)} GROUP BY 1, 2, 3, 4, 5`,
  );
  const found = rows.map(({ at, ...rest }) => ({ ...rest, atMs: endIdMs(at * width * ENDS_PER_MS) }));
  return { ends: found, detections: found, late: found, exact: true };
}

function summary(counted: readonly Counted[], bucketMs: number, { medianMs, p99Ms, exact }: Percentiles): EndStats {
  const byTier: Partial<Record<Tier, number>> = {};
  const byReason: Partial<Record<EndReason, number>> = {};
  const buckets = new Map<number, Partial<Record<Tier, number>>>();
  const late: Partial<Record<LateCause, number>> = {};
  let total = 0;
  for (const { lateCause, ends } of counted.flatMap(({ late: found }) => found))
    if (lateCause !== null) late[lateCause] = (late[lateCause] ?? 0) + ends;
  for (const { atMs, tier, reason, ends } of counted.flatMap(({ ends: found }) => found)) {
    total += ends;
    byTier[tier] = (byTier[tier] ?? 0) + ends;
    byReason[reason] = (byReason[reason] ?? 0) + ends;
    const bucket = buckets.get(atMs) ?? {};
    bucket[tier] = (bucket[tier] ?? 0) + ends;
    buckets.set(atMs, bucket);
  }
  return {
    total,
    byTier: inOrder(byTier, tiers),
    byReason: inOrder(byReason, endReasonNames),
    bucketMs,
    buckets: [...buckets].sort(([a], [b]) => a - b).map(([atMs, ends]) => ({ atMs, byTier: inOrder(ends, tiers) })),
    detectionMedianMs: medianMs,
    detectionP99Ms: p99Ms,
    detectionIsExact: exact,
    late,
  };
}

function inOrder<Key extends string>(counts: Partial<Record<Key, number>>, order: readonly Key[]): Partial<Record<Key, number>> {
  const place = (key: string) => order.indexOf(key as Key);
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => place(a) - place(b))) as Partial<Record<Key, number>>;
}
