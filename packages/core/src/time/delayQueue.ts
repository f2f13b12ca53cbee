/**
 * Delayed callbacks that all have the same delay. The first in is the first due, so a plain queue suffices; no timer, heap or
 * wheel is needed. Driven by the keeper's tick.
 */

interface Waiting {
  dueMs: number;
  callback: (() => void) | null;
}

export class DelayQueue {
  readonly #delayMs: number;
  #queue: Waiting[] = [];
  #head = 0;

  /** `delayMs` is in observed time. */
  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Calls back `delayMs` after `nowMs`. The disposer cancels it. */
  add(nowMs: number, callback: () => void): () => void {
    const waiting: Waiting = { dueMs: nowMs + this.#delayMs, callback };
    this.#queue.push(waiting);
    return () => {
      waiting.callback = null;
    };
  }

  /** Runs every callback that is due at `nowMs`. */
  advance(nowMs: number): void {
    while (this.#head < this.#queue.length) {
      const waiting = this.#queue[this.#head] as Waiting;
      if (waiting.callback !== null && waiting.dueMs > nowMs) break;
      this.#head += 1;
      waiting.callback?.();
    }
    this.#compact();
  }

  /** Runs every callback now, due or not. */
  flush(): void {
    this.advance(Number.POSITIVE_INFINITY);
  }

  /** Pending callbacks, not counting cancelled ones. */
  get size(): number {
    let size = 0;
    for (let index = this.#head; index < this.#queue.length; index += 1) {
      if (this.#queue[index]?.callback) size += 1;
    }
    return size;
  }

  #compact(): void {
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
