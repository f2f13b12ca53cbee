/** Ports that throw, reject and answer nonsense, now and then; by randomness of their own, so that a world without mishaps is the same. */
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
  /** Mishaps so far. */
  count = 0;
  /** When set there are no more. */
  isOver = false;

  /** `rate` is the probability that a call of a port goes wrong. */
  constructor(seed: number, rate: number) {
    this.#random = createSeededRandom(seed);
    this.#rate = rate;
  }

  /** Whether ports of this world ever go wrong. */
  get occur(): boolean {
    return this.#rate > 0;
  }

  happens(): boolean {
    if (this.#rate === 0 || this.isOver || !this.#random.chance(this.#rate)) return false;
    this.count += 1;
    return true;
  }

  /** Perhaps throws, perhaps returns a promise that rejects, mostly does nothing. */
  strike(): Promise<never> | undefined {
    if (!this.happens()) return undefined;
    if (this.#random.chance(0.5)) throw new Mishap();
    return Promise.reject(new Mishap());
  }

  /** Perhaps throws or returns one of these instead of the answer. */
  spoil<T>(answer: T, nonsense: readonly unknown[]): T {
    if (!this.happens()) return answer;
    if (this.#random.chance(0.5)) throw new Mishap();
    return this.#random.pick(nonsense) as T;
  }
}
