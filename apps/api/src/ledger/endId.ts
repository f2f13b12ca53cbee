/**
 * Ids of ends, ordered by detection time, with 1,024 per millisecond. Every index of `ends` ends with the id, so each also serves as an
 * index by time, and the word index returns matches in time order.
 */
export const ENDS_PER_MS = 1_024;

/** The latest time with exact ids, in the year 2248. */
const LAST_MS = Math.floor(Number.MAX_SAFE_INTEGER / ENDS_PER_MS) - 1;

/** The first id of a time (epoch milliseconds). Ends detected at or after it have this id or a higher one. */
export function firstEndId(atMs: number): number {
  return Math.min(Math.max(0, Math.floor(atMs)), LAST_MS) * ENDS_PER_MS;
}

/** The time that an id stands for. */
export function endIdMs(id: number): number {
  return Math.floor(id / ENDS_PER_MS);
}

/**
 * Allocates free ids. If more than 1,024 ends fall into one millisecond (a crash of a full server), the rest take ids of the following
 * ones. That shifts their order and their place in time filters, but not the times they record.
 * `highestIn` returns the highest id in [from, to) in the table.
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
