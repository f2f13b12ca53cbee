/** Statistics of a measurement: percentiles, and the delay of the event loop. */
import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";

export interface Timings {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** By the nearest-rank method. */
export function timingsOf(tookMs: readonly number[]): Timings {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const rank = (fraction: number) => sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? 0;
  return { p50Ms: rank(0.5), p99Ms: rank(0.99) };
}

export interface LoopDelay extends Timings {
  readonly longestMs: number;
  /** The longest garbage collection pause during it. */
  readonly longestCollectionMs: number;
  readonly seconds: number;
}

const RESOLUTION_MS = 1;

/** How late this process's event loop was while `work` ran. */
export async function loopDelay(work: () => Promise<unknown>): Promise<LoopDelay> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let longestCollectionMs = 0;
  const collections = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestCollectionMs = Math.max(longestCollectionMs, duration);
  });
  collections.observe({ entryTypes: ["gc"] });
  const startedMs = performance.now();
  delay.enable();
  await work();
  delay.disable();
  const seconds = (performance.now() - startedMs) / 1_000;
  // The last entries are delivered to the observer in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  collections.disconnect();
  const percentiles = { p50Ms: delay.percentile(50) / 1e6, p99Ms: delay.percentile(99) / 1e6 };
  return { ...percentiles, longestMs: delay.max / 1e6, longestCollectionMs, seconds };
}
