/** A priority queue of messages by arrival time; simultaneous ones in the order in which they were sent. */

export interface Message {
  dueMs: number;
  readonly order: number;
  readonly deliver: () => void;
}

/** Whether one message arrives before another. */
export const arrivesBefore = (a: Message, b: Message): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** A binary heap. Times are on the monotonic clock, milliseconds. */
export class MessageQueue {
  readonly #heap: Message[] = [];

  /** The next message to arrive. */
  get first(): Message | undefined {
    return this.#heap[0];
  }

  add(message: Message): void {
    this.#heap.push(message);
    this.#rise(this.#heap.length - 1);
  }

  /** Removes and returns the next message. The queue must not be empty. */
  take(): Message {
    const heap = this.#heap;
    const first = heap[0] as Message;
    const last = heap.pop() as Message;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  /** Delays every message by the same time; the order is unchanged. */
  delayAll(byMs: number): void {
    for (const message of this.#heap) message.dueMs += byMs;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    for (let index = start; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!arrivesBefore(heap[index] as Message, heap[parent] as Message)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    const heap = this.#heap;
    for (let index = start; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && arrivesBefore(heap[child] as Message, heap[least] as Message)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b] as Message, heap[a] as Message];
  }
}
