/** How much a count that only grows grew lately. */

interface Mark {
  readonly atMs: number;
  readonly total: number;
}

/** Looks at the count are kept this far apart, so that an hour is some sixty numbers. */
const APART_MS = 60_000;

/**
 * Growth within the last `spanMs`, to the minute: what is counted is never younger than the span, and at most one look older. Call `of`
 * at least once a minute, with any clock that only goes forward; the count starts at 0.
 */
export class GrowthWithin {
  readonly #spanMs: number;
  readonly #marks: Mark[];

  constructor(spanMs: number, nowMs: number) {
    this.#spanMs = spanMs;
    this.#marks = [{ atMs: nowMs, total: 0 }];
  }

  /** By how much the count, which stands at `total` now, grew within the span. */
  of(total: number, nowMs: number): number {
    const marks = this.#marks;
    // The newest look that is older than the span is where it begins; without one, it begins at the start.
    while (marks[1] !== undefined && marks[1].atMs <= nowMs - this.#spanMs) marks.shift();
    const last = marks.at(-1);
    if (last === undefined || nowMs - last.atMs >= APART_MS) marks.push({ atMs: nowMs, total });
    return total - (marks[0]?.total ?? 0);
  }
}
