/**
 * The latest beats of every session, in shared blocks: a typed array of its own would cost each session more in bookkeeping
 * than its figures take. 32 beats of 16 bits, 64 bytes a session.
 */

export const BEATS_KEPT = 32;
const BLOCK_SESSIONS = 1_024;

const EMPTY = 0xffff;
const MISS = 0xfffe;
const PAUSE = 0xfffd;
const LONGEST = 0xfffc;

/** A beat as people read it: round-trip time in ms, `null` for a miss, -1 for a server pause. */
export type Beat = number | null;

export class BeatHistory {
  readonly #blocks: Uint16Array[] = [];
  readonly #cursors: Uint8Array[] = [];
  readonly #free: number[] = [];
  #used = 0;

  /** Takes a place for one session's beats. Give it back with `release`. */
  acquire(): number {
    const slot = this.#free.pop() ?? this.#grow();
    const { block, start } = this.#place(slot);
    block.fill(EMPTY, start, start + BEATS_KEPT);
    (this.#cursors[slot >> 10] as Uint8Array)[slot & 1_023] = 0;
    return slot;
  }

  release(slot: number): void {
    this.#free.push(slot);
  }

  /** Places taken and not given back. */
  get inUse(): number {
    return this.#used - this.#free.length;
  }

  /** Keeps a round-trip time, in whole milliseconds; longer than 65 s counts as 65 s. */
  answered(slot: number, roundTripMs: number): void {
    this.#push(slot, Math.min(LONGEST, Math.max(0, Math.round(roundTripMs))));
  }

  missed(slot: number): void {
    this.#push(slot, MISS);
  }

  paused(slot: number): void {
    this.#push(slot, PAUSE);
  }

  /** The beats kept, oldest first. */
  read(slot: number): Beat[] {
    const { block, start } = this.#place(slot);
    const cursor = (this.#cursors[slot >> 10] as Uint8Array)[slot & 1_023] as number;
    const beats: Beat[] = [];
    for (let index = 0; index < BEATS_KEPT; index += 1) {
      const value = block[start + ((cursor + index) % BEATS_KEPT)] as number;
      if (value !== EMPTY) beats.push(value === MISS ? null : value === PAUSE ? -1 : value);
    }
    return beats;
  }

  #push(slot: number, value: number): void {
    const cursors = this.#cursors[slot >> 10] as Uint8Array;
    const cursor = cursors[slot & 1_023] as number;
    const block = this.#blocks[slot >> 10] as Uint16Array;
    block[(slot & 1_023) * BEATS_KEPT + cursor] = value;
    cursors[slot & 1_023] = (cursor + 1) % BEATS_KEPT;
  }

  #place(slot: number): { block: Uint16Array; start: number } {
    return { block: this.#blocks[slot >> 10] as Uint16Array, start: (slot & 1_023) * BEATS_KEPT };
  }

  #grow(): number {
    if (this.#used === this.#blocks.length * BLOCK_SESSIONS) {
      this.#blocks.push(new Uint16Array(BLOCK_SESSIONS * BEATS_KEPT));
      this.#cursors.push(new Uint8Array(BLOCK_SESSIONS));
    }
    this.#used += 1;
    return this.#used - 1;
  }
}
