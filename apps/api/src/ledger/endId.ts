/**
 * Numbers for ends, ordered by the time of detection: 1,024 to each millisecond. Every index of `ends` ends with this number, so
 * each serves as an index by time too, and the word index returns its matches in time order.
 */
export const ENDS_PER_MS = 1_024;

/** The largest moment that still gives exact numbers, in the year 2248. */
const LAST_MS = Math.floor(Number.MAX_SAFE_INTEGER / ENDS_PER_MS) - 1;

/** The first number of a moment (epoch milliseconds). Ends detected at or after it have numbers from here on. */
export function firstEndId(atMs: number): number {
  return Math.min(Math.max(0, Math.floor(atMs)), LAST_MS) * ENDS_PER_MS;
}

/** The moment that a number stands for. */
export function endIdMs(id: number): number {
  return Math.floor(id / ENDS_PER_MS);
}

/**
 * Hands out free numbers. When more than 1,024 ends fall into one millisecond (a crash of a full server), the rest take numbers of
 * the next ones: their order and their place in a time filter is then late by that much, what they record is not.
 * `highestIn` asks the table for the highest number in [from, to).
 */
export function createEndIds(highestIn: (from: number, to: number) => number | null): (detectedAtMs: number) => number {
  let previous = -1;
  return (detectedAtMs) => {
    let from = firstEndId(detectedAtMs);
    if (previous >= from && previous < from + ENDS_PER_MS - 1) {
      previous += 1;
      return previous;
    }
    for (;;) {
      const highest = highestIn(from, from + ENDS_PER_MS);
      const next = highest === null ? from : highest + 1;
      from += ENDS_PER_MS;
      if (next >= from) continue;
      previous = next;
      return next;
    }
  };
}
