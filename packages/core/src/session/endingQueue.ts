/**
 * Sessions whose end has begun wait here for their release. A mass disconnect delivers all its closes in one turn of the event
 * loop, so the close itself must be cheap and the rest is done in slices: one at a time, whatever comes in meanwhile.
 */
import type { Clock } from "../time/clock.ts";
import { inSlices } from "../time/slices.ts";

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
