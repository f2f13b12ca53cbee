/** Computes the increase of a monotonic counter over a rolling window. */

interface Sample {
  readonly atMs: number;
  readonly total: number;
}

/** Spacing of the stored samples, so that an hour takes about sixty. */
const SAMPLE_INTERVAL_MS = 60_000;

/**
 * Increase over the last `windowMs`, to the minute: the window is never shorter than that, and at most one sample interval longer.
 * Call `observe` at least once per minute, with any monotonic clock. The counter starts at 0.
 */
export class RollingIncrease {
  readonly #windowMs: number;
  readonly #samples: Sample[];

  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs;
    this.#samples = [{ atMs: nowMs, total: 0 }];
  }

  /** Takes the counter's current `total` and returns its increase within the window. */
  observe(total: number, nowMs: number): number {
    const samples = this.#samples;
    // The window begins at the newest sample older than `windowMs`, or else at the first one.
    while (samples[1] !== undefined && samples[1].atMs <= nowMs - this.#windowMs) samples.shift();
    const last = samples.at(-1);
    if (last === undefined || nowMs - last.atMs >= SAMPLE_INTERVAL_MS) samples.push({ atMs: nowMs, total });
    return total - (samples[0]?.total ?? 0);
  }
}
