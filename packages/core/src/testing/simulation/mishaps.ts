/**
 * Fault injection into ports: exceptions, rejections and invalid answers. Has its own randomness, so the other draws do not
 * change.
 */
import { createSeededRandom, type SeededRandom } from "../seededRandom.ts";

export class Mishap extends Error {
  constructor() {
    super("a mishap of the simulation");
    this.name = "Mishap";
  }
}

export class Mishaps {
  readonly #random: SeededRandom;
  readonly #rate: number;
  /** Faults injected so far. */
  count = 0;
  /** When set, no more faults are injected. */
  isOver = false;

  /** `rate` is the probability that a call to a port fails. */
  constructor(seed: number, rate: number) {
    this.#random = createSeededRandom(seed);
    this.#rate = rate;
  }

  /** Whether faults are injected in this world at all. */
  get occur(): boolean {
    return this.#rate > 0;
  }

  happens(): boolean {
    if (this.#rate === 0 || this.isOver || !this.#random.chance(this.#rate)) return false;
    this.count += 1;
    return true;
  }

  /** Occasionally throws or returns a promise that rejects. */
  strike(): Promise<never> | undefined {
    if (!this.happens()) return undefined;
    if (this.#random.chance(0.5)) throw new Mishap();
    return Promise.reject(new Mishap());
  }

  /** Returns the answer; occasionally throws, or returns one of `nonsense` instead. */
  spoil<T>(answer: T, nonsense: readonly unknown[]): T {
    if (!this.happens()) return answer;
    if (this.#random.chance(0.5)) throw new Mishap();
    return this.#random.pick(nonsense) as T;
  }
}
