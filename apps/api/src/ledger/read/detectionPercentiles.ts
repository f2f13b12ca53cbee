/**
 * Median and 99th percentile of detection times. The roll-up gives the bucket that each lies in, and the ends in that bucket give the
 * exact time. They are read unless there are too many, which is rare.
 */
import { type EndReason, endReasonNames, endReasons } from "@lastbeat/core/reasons";
import type Database from "better-sqlite3";
import type { EndQuery } from "../../contract/endQuery.ts";
import { bucketStart, detectionBucket, percentile } from "../detectionBuckets.ts";
import { firstEndId } from "../endId.ts";

/** Number of ends with the same detection time, either exact or rounded up to its bucket's edge. */
export interface CountedDetections {
  readonly detectionMs: number;
  readonly ends: number;
}

export interface Percentiles {
  readonly medianMs: number | null;
  readonly p99Ms: number | null;
  /** If not, both are at most a tenth above the true percentiles. */
  readonly exact: boolean;
}

interface Asked {
  readonly query: EndQuery;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Maximum number of ends read for one percentile, which takes a few milliseconds. */
const MAX_READ = 20_000;

/** Computes percentiles from exact times. */
export function exactPercentiles(times: readonly CountedDetections[]): Percentiles {
  const counts = countsOf(times);
  return { medianMs: percentile(counts, 0.5)?.value ?? null, p99Ms: percentile(counts, 0.99)?.value ?? null, exact: true };
}

function countsOf(times: readonly CountedDetections[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { detectionMs, ends } of times) counts.set(detectionMs, (counts.get(detectionMs) ?? 0) + ends);
  return counts;
}

/** Computes percentiles from bucket edges. */
export function createPercentiles(
  database: Database.Database,
): (edges: readonly CountedDetections[], asked: Asked) => Percentiles {
  const inBucket = database.prepare<[string, number, number, number], { id: number; detection_ms: number }>(
    `SELECT id, detection_ms FROM ends INDEXED BY ends_slowest_detection
     WHERE reason = ? AND detection_ms >= ? AND detection_ms <= ? LIMIT ?`,
  );
  const slowestUpTo = database
    .prepare<[string, number], number | null>(
      "SELECT max(detection_ms) FROM ends INDEXED BY ends_slowest_detection WHERE reason = ? AND detection_ms <= ?",
    )
    .pluck();

  /** The times in a bucket, sorted; `null` if there are too many to read. */
  function timesIn(upToMs: number, { query, fromMs, toMs }: Asked): number[] | null {
    const [firstId, endId] = [firstEndId(fromMs), firstEndId(toMs)];
    const times: number[] = [];
    let left = MAX_READ;
    for (const reason of reasonsOf(query)) {
      const rows = inBucket.all(reason, bucketStart(upToMs), upToMs, left + 1);
      left -= rows.length;
      if (left < 0) return null;
      for (const { id, detection_ms } of rows)
        if (id >= firstId && id < endId && detectionBucket(detection_ms) === upToMs) times.push(detection_ms);
    }
    return times.sort((a, b) => a - b);
  }

  function one(counts: ReadonlyMap<number, number>, fraction: number, asked: Asked): { ms: number | null; exact: boolean } {
    const found = percentile(counts, fraction);
    if (found === null) return { ms: null, exact: true };
    const { value: upToMs, place } = found;
    const times = asked.query.initiator === undefined ? timesIn(upToMs, asked) : null;
    // There are fewer than counted if retention has removed some.
    if (times !== null && times.length === counts.get(upToMs)) return { ms: times[place] ?? upToMs, exact: true };
    const slowest = reasonsOf(asked.query).map((reason) => slowestUpTo.get(reason, upToMs) ?? 0);
    const ms = Math.max(...slowest);
    return { ms: detectionBucket(ms) === upToMs ? ms : upToMs, exact: false };
  }

  return (edges, asked) => {
    const counts = countsOf(edges);
    const median = one(counts, 0.5, asked);
    const p99 = one(counts, 0.99, asked);
    return { medianMs: median.ms, p99Ms: p99.ms, exact: median.exact && p99.exact };
  };
}

/** The reasons a query can match. Every reason belongs to one tier. */
function reasonsOf({ reason, tier }: EndQuery): readonly EndReason[] {
  const asked = reason === undefined ? endReasonNames : [...new Set(reason)];
  return tier === undefined ? asked : asked.filter((name) => tier.includes(endReasons[name].tier));
}
