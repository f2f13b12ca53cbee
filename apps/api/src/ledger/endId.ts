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
 * Allocates free ids for rows that are inserted together. If more than 1,024 ends fall into one millisecond (a crash of a full server), the
 * rest take ids of the following ones. That shifts their order and their place in time filters, but not the times they record.
 */
export class EndIds {
  readonly #highestIn: (from: number, to: number) => number | null;
  /** The next free id of a millisecond, by its first id. */
  readonly #next = new Map<number, number>();
  /** The first id of the millisecond that has room for ends of a full one. */
  readonly #room = new Map<number, number>();

  /** `highestIn` returns the highest id in [from, to) in the table. */
  constructor(highestIn: (from: number, to: number) => number | null) {
    this.#highestIn = highestIn;
  }

  allocate(detectedAtMs: number): number {
    const from = firstEndId(detectedAtMs);
    for (let first = this.#room.get(from) ?? from; ; first += ENDS_PER_MS) {
      const next = this.#next.get(first) ?? this.#freeFrom(first);
      if (next >= first + ENDS_PER_MS) continue;
      this.#next.set(first, next + 1);
      if (first !== from) this.#room.set(from, first);
      return next;
    }
  }

  /** Call before the first of the rows: what was allocated before is in the table, or will never be. */
  begin(): void {
    this.#next.clear();
    this.#room.clear();
  }

  #freeFrom(first: number): number {
    const highest = this.#highestIn(first, first + ENDS_PER_MS);
    return highest === null ? first : highest + 1;
  }
}
