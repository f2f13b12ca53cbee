/** Lets so many pieces of work run at once; the others wait for a turn, not for longer than they are worth waiting for. */

export interface TurnsOptions {
  readonly atOnce: number;
  /** How long to wait for a turn at most. */
  readonly waitMs: number;
}

/** Waiting for each that runs. More would wait in vain. */
const WAITING_PER_TURN = 20;

interface Waiting {
  readonly byMs: number;
  readonly begin: () => void;
  readonly giveUp: (cause: Error) => void;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** @throws {Error} if no turn comes in time. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#options.atOnce) this.#running += 1;
    else await this.#wait();
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= WAITING_PER_TURN * this.#options.atOnce) throw new Error("too many wait already");
    return new Promise((begin, giveUp) => {
      this.#waiting.push({ byMs: performance.now() + this.#options.waitMs, begin, giveUp });
    });
  }

  /** Passes the turn on. */
  #next(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (performance.now() <= next.byMs) return next.begin();
      next.giveUp(new Error("no turn came in time"));
    }
    this.#running -= 1;
  }
}
