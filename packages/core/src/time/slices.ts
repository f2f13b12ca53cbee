/** Long work over many items, done in slices that never hold the event loop for long. */

import type { Clock, Disposer } from "../ports/clock.ts";

/** Longest time one slice may hold the event loop, milliseconds. */
export const SLICE_MS = 2;

/** Items between two looks at the clock. */
const CHECK_EVERY = 16;

/**
 * Calls `work` for each item, at once as far as one slice reaches and then in further slices after waiting input was read.
 * `work` must bear items that changed between two slices.
 * @returns a disposer that leaves out what is not done yet.
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

  /** How many have not been run yet. */
  get size(): number {
    return this.#size;
  }

  /** What waits, until nothing does. */
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
