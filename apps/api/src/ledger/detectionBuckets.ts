/** Buckets for detection times in the roll-up. Each is a tenth wider than the previous, so percentiles are accurate to 10 %. */

const GROWTH = 1.1;

/** Upper edge, in milliseconds, of the bucket for a detection time. */
export function detectionBucket(detectionMs: number): number {
  if (detectionMs <= 0) return 0;
  if (detectionMs <= 10) return Math.ceil(detectionMs);
  const power = Math.ceil(Math.log(detectionMs / 10) / Math.log(GROWTH) - 1e-9);
  return Math.round(10 * GROWTH ** power);
}

/** Lower bound of the bucket with this upper edge. */
export function bucketStart(upToMs: number): number {
  if (upToMs <= 10) return upToMs;
  const power = Math.round(Math.log(upToMs / 10) / Math.log(GROWTH));
  return Math.floor(10 * GROWTH ** (power - 1));
}

/** A counted value, and the zero-based place of the requested rank among the items that share it. */
export interface Ranked {
  readonly value: number;
  readonly place: number;
}

/** The value at or below which `fraction` of the items lie (nearest rank); `null` if there are none. */
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
