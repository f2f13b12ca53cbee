/**
 * Sessions whose end has begun wait here for their release. A mass disconnect delivers all its closes in one turn of the event
 * loop, so the close itself must be cheap and the rest is done in slices.
 */
import type { Clock, Disposer } from "../time/clock.ts";
import { inSlices } from "../time/slices.ts";

export class EndingQueue {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #stop: Disposer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `finish` soon, in the order of the calls. It must not throw. */
  add(finish: () => void): void {
    this.#waiting.push(finish);
    this.#stop ??= this.#clock.afterInput(() => this.#run());
  }

  get size(): number {
    return this.#waiting.length;
  }

  #run(): void {
    this.#stop = null;
    const batch = this.#waiting;
    this.#waiting = [];
    inSlices(this.#clock, batch, (finish) => finish());
  }
}
