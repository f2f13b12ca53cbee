/** Buckets for detection times in the roll-up: each a tenth wider than the one before, so a percentile read from it is within 10 %. */

const GROWTH = 1.1;

/** Upper edge in milliseconds of the bucket that holds a detection time. */
export function detectionBucket(detectionMs: number): number {
  if (detectionMs <= 0) return 0;
  if (detectionMs <= 10) return Math.ceil(detectionMs);
  const power = Math.ceil(Math.log(detectionMs / 10) / Math.log(GROWTH) - 1e-9);
  return Math.round(10 * GROWTH ** power);
}

/** No time below this is in the bucket with that upper edge. */
export function bucketStart(upToMs: number): number {
  if (upToMs <= 10) return upToMs;
  const power = Math.round(Math.log(upToMs / 10) / Math.log(GROWTH));
  return Math.floor(10 * GROWTH ** (power - 1));
}

/** A counted time, and the place (from 0) that the one looked for has among those that share it. */
export interface Ranked {
  readonly value: number;
  readonly place: number;
}

/** The value below or at which `fraction` of the counted times lie, by the nearest-rank rule; `null` when there is none. */
export function percentile(counts: ReadonlyMap<number, number>, fraction: number): Ranked | null {
  const ordered = [...counts].sort(([a], [b]) => a - b);
  const total = ordered.reduce((sum, [, count]) => sum + count, 0);
  let rank = Math.max(1, Math.ceil(total * fraction));
  for (const [value, count] of ordered) {
    if (rank <= count) return { value, place: rank - 1 };
    rank -= count;
  }
  return null;
}
