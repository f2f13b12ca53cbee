/**
 * The latest beats of every session, 32 beats of 16 bits each: 64 bytes per session. Sessions share blocks, because a typed array
 * per session would cost more in overhead than in data.
 *
 * A session holds a *mark*: its row number and the index of the next cell to write, in one whole number. Every heartbeat reads
 * the session anyway, so finding the cell costs no further memory access.
 */

export const BEATS_KEPT = 32;
const BLOCK_SESSIONS = 1_024;

const EMPTY = 0xffff;
const MISS = 0xfffe;
const PAUSE = 0xfffd;
const HEARD = 0xfffc;
const LONGEST = 0xfffb;

/** A decoded beat: round-trip time in ms, `null` for a miss, -1 for a server pause, -2 for one of the client's own. */
export type Beat = number | null;

/** The mark of a session without a row. */
export const NO_MARK = -1;

/** The row of a session that has one. */
export const rowOf = (mark: number): number => Math.floor(mark / BEATS_KEPT);

const decoded = (value: number): Beat => (value <= LONGEST ? value : value === MISS ? null : value === PAUSE ? -1 : -2);

export class BeatHistory {
  readonly #blocks: Uint16Array[] = [];
  readonly #free: number[] = [];
  #rows = 0;

  /** Allocates a row for one session's beats and returns its mark. Free it with `release`. */
  acquire(): number {
    const row = this.#free.pop() ?? this.#grow();
    const start = (row % BLOCK_SESSIONS) * BEATS_KEPT;
    this.#block(row).fill(EMPTY, start, start + BEATS_KEPT);
    return row * BEATS_KEPT;
  }

  /** Frees the row, if there is one. Returns the new mark, `NO_MARK`. */
  release(mark: number): number {
    if (mark !== NO_MARK) this.#free.push(rowOf(mark));
    return NO_MARK;
  }

  /** Rows in use. */
  get inUse(): number {
    return this.#rows - this.#free.length;
  }

  /** Records a round-trip time in whole milliseconds, capped at 65 s. Returns the new mark. */
  answered(mark: number, roundTripMs: number): number {
    return this.#push(mark, Math.min(LONGEST, Math.max(0, Math.round(roundTripMs))));
  }

  /** Records a miss. Returns the new mark. */
  missed(mark: number): number {
    return this.#push(mark, MISS);
  }

  /** Records that a client that drives beat unasked. Returns the new mark. */
  heard(mark: number): number {
    return this.#push(mark, HEARD);
  }

  /** Records a server pause. Returns the new mark. */
  paused(mark: number): number {
    return this.#push(mark, PAUSE);
  }

  /** The recorded beats, oldest first; empty without a row. */
  read(mark: number): Beat[] {
    if (mark === NO_MARK) return [];
    const row = rowOf(mark);
    const block = this.#block(row);
    const start = (row % BLOCK_SESSIONS) * BEATS_KEPT;
    const beats: Beat[] = [];
    for (let index = 0; index < BEATS_KEPT; index += 1) {
      const value = block[start + ((mark + index) % BEATS_KEPT)] as number;
      if (value !== EMPTY) beats.push(decoded(value));
    }
    return beats;
  }

  /** The latest recorded round trip, ignoring what has none; `null` when there is none. */
  latest(mark: number): number | null {
    if (mark === NO_MARK) return null;
    const row = rowOf(mark);
    const block = this.#block(row);
    const start = (row % BLOCK_SESSIONS) * BEATS_KEPT;
    for (let back = 1; back <= BEATS_KEPT; back += 1) {
      const value = block[start + ((mark - back + BEATS_KEPT) % BEATS_KEPT)] as number;
      if (value <= LONGEST) return value;
    }
    return null;
  }

  #push(mark: number, value: number): number {
    this.#block(rowOf(mark))[mark % (BLOCK_SESSIONS * BEATS_KEPT)] = value;
    const next = mark + 1;
    return next % BEATS_KEPT === 0 ? next - BEATS_KEPT : next;
  }

  #block(row: number): Uint16Array {
    return this.#blocks[Math.floor(row / BLOCK_SESSIONS)] as Uint16Array;
  }

  #grow(): number {
    if (this.#rows === this.#blocks.length * BLOCK_SESSIONS) this.#blocks.push(new Uint16Array(BLOCK_SESSIONS * BEATS_KEPT));
    this.#rows += 1;
    return this.#rows - 1;
  }
}
