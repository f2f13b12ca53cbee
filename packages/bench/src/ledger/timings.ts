/** Figures of one measurement. */
import { monitorEventLoopDelay } from "node:perf_hooks";

export interface Timings {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Runs `work` so many times, one after another. The first run counts too. */
export async function timed(rounds: number, work: () => Promise<unknown>): Promise<Timings> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    await work();
    took.push(performance.now() - startedMs);
  }
  took.sort((a, b) => a - b);
  const rank = (fraction: number) => took[Math.max(0, Math.ceil(rounds * fraction) - 1)] ?? 0;
  return { p50Ms: rank(0.5), p99Ms: rank(0.99) };
}

export interface LoopDelay extends Timings {
  readonly longestMs: number;
}

const RESOLUTION_MS = 1;

/** How late this process's event loop was while `work` ran. */
export async function loopDelay(work: () => Promise<unknown>): Promise<LoopDelay> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await work();
  delay.disable();
  return { p50Ms: delay.percentile(50) / 1e6, p99Ms: delay.percentile(99) / 1e6, longestMs: delay.max / 1e6 };
}
