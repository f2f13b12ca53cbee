/** Runs long work over many items in time slices that never block the event loop for long. */

import type { Clock, Disposer } from "../ports/clock.ts";

/** The longest one slice may block the event loop, milliseconds. */
export const SLICE_MS = 1;

/** Items between two readings of the clock. */
const CHECK_EVERY = 16;

/**
 * Calls `work` for each item: one slice synchronously, then further slices, each after pending input has been read.
 * `work` must tolerate items that change between slices.
 * @returns a disposer that cancels the remaining items.
 */
export function inSlices<T>(clock: Clock, items: Iterable<T>, work: (item: T) => void): Disposer {
  const iterator = items[Symbol.iterator]();
  let dispose: Disposer | null = null;
  const slice = () => {
    dispose = null;
    const startedMs = clock.monotonicMs();
    for (let done = 1; ; done += 1) {
      const next = iterator.next();
      if (next.done) return;
      work(next.value);
      if (done % CHECK_EVERY === 0 && clock.monotonicMs() - startedMs > SLICE_MS) break;
    }
    dispose = clock.afterInput(slice);
  };
  slice();
  return () => dispose?.();
}

type Finish = () => void;

/** The second half of every end, run in time slices and in order. */
export class EndingQueue {
  readonly #clock: Clock;
  #waiting: Finish[] = [];
  #size = 0;
  #isRunning = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `finish` soon, in the order of the calls. It must not throw. */
  add(finish: Finish): void {
    this.#waiting.push(finish);
    this.#size += 1;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#clock.afterInput(() => inSlices(this.#clock, this.#all(), (next) => next()));
  }

  /** Pending entries. */
  get size(): number {
    return this.#size;
  }

  /** Yields pending entries until none are left, including those added meanwhile. */
  *#all(): Iterable<Finish> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const finish of batch) {
        this.#size -= 1;
        yield finish;
      }
    }
    this.#isRunning = false;
  }
}
