/** Geometry of the chart of ends by tier over time. Pure. */
import type { EndStats } from "@lastbeat/api";
import { type Tier, tiers } from "@lastbeat/core/reasons";

export interface ChartBox {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly height: number;
}

export interface Segment {
  readonly tier: Tier;
  readonly count: number;
  readonly y: number;
  readonly height: number;
}

export interface Bar {
  readonly atMs: number;
  readonly x: number;
  readonly width: number;
  readonly total: number;
  readonly segments: readonly Segment[];
}

export interface Chart {
  readonly bars: readonly Bar[];
  /** The greatest value of the axis, a round number. */
  readonly top: number;
}

/** What is narrower is hard to see and to point at. Pixels. */
const NARROWEST = 4;
/** How many buckets may become one: of a minute, each makes a length that people know. */
const merges = [1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440];

export type Buckets = Pick<EndStats, "bucketMs" | "buckets">;

/** Merges buckets that would be too narrow to see, as those of a young ledger in a long range are. */
export function wideEnough({ bucketMs, buckets }: Buckets, { fromMs, toMs, width }: Omit<ChartBox, "height">): Buckets {
  const slot = (bucketMs / Math.max(1, toMs - fromMs)) * width;
  const merge = merges.find((count) => slot * count >= NARROWEST) ?? 1_440;
  if (merge === 1) return { bucketMs, buckets };
  const wideMs = bucketMs * merge;
  const merged = new Map<number, Partial<Record<Tier, number>>>();
  for (const { atMs, byTier } of buckets) {
    const wideAtMs = Math.floor(atMs / wideMs) * wideMs;
    const sums = merged.get(wideAtMs) ?? {};
    for (const tier of tiers) if (byTier[tier] !== undefined) sums[tier] = (sums[tier] ?? 0) + byTier[tier];
    merged.set(wideAtMs, sums);
  }
  return { bucketMs: wideMs, buckets: [...merged].map(([atMs, byTier]) => ({ atMs, byTier })) };
}

/** One stacked bar per bucket, tiers in their fixed order from the ground up. */
export function endsChart(stats: Buckets, box: ChartBox): Chart {
  const span = Math.max(1, box.toMs - box.fromMs);
  const totals = stats.buckets.map(({ byTier }) => tiers.reduce((sum, tier) => sum + (byTier[tier] ?? 0), 0));
  const top = roundUp(Math.max(1, ...totals));
  const slot = (stats.bucketMs / span) * box.width;
  const width = Math.max(1.5, slot - 1);
  const bars = stats.buckets.map(({ atMs, byTier }, index): Bar => {
    let y = box.height;
    const segments: Segment[] = [];
    for (const tier of tiers) {
      const count = byTier[tier] ?? 0;
      if (count === 0) continue;
      const height = (count / top) * box.height;
      y -= height;
      segments.push({ tier, count, y, height });
    }
    // The first and the last bucket may reach beyond the range; what does is cut off.
    return { atMs, x: ((atMs - box.fromMs) / span) * box.width, width, total: totals[index] ?? 0, segments };
  });
  return { bars, top };
}

/** The next of 1, 2, 4, 5, 10, 20, 40, 50, … */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** The range to draw: the one asked for, or from the first bucket on when it is open. */
export function chartRange(
  stats: EndStats,
  asked: { fromMs?: number; toMs?: number },
  nowMs: number,
): { fromMs: number; toMs: number } {
  const toMs = asked.toMs ?? nowMs;
  return { fromMs: asked.fromMs ?? stats.buckets[0]?.atMs ?? toMs - stats.bucketMs, toMs };
}

/** Moments to label below the chart, `count` of them evenly spread, ends included. */
export function axisMoments({ fromMs, toMs }: { fromMs: number; toMs: number }, count: number): number[] {
  return Array.from({ length: count }, (_, index) => fromMs + ((toMs - fromMs) * index) / (count - 1));
}
