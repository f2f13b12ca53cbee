/** A resource whose release succeeds, fails, is slow or hangs; counts its releases. */
import type { SeededRandom } from "../seededRandom.ts";

/** `slow` settles after the limit of 5 s has passed; `hangs` never does. */
export const resourceManners = ["prompt", "prompt", "async", "throws", "rejects", "slow", "hangs"] as const;
export type ResourceManner = (typeof resourceManners)[number];

export interface ResourceSurroundings {
  readonly random: SeededRandom;
  /** Calls back after `ms` on the monotonic clock. */
  later(ms: number, callback: () => void): void;
  /** A running number, greater than any before. */
  count(): number;
  /** Perhaps calls the keeper during the release. */
  meddle(): void;
  /** A release succeeded. */
  released(resource: SimulatedResource): void;
}

export class SimulatedResource {
  readonly name: string;
  readonly target: Disposable | AsyncDisposable;
  readonly manner: ResourceManner;
  /** Releases started, and releases that succeeded. */
  begun = 0;
  released = 0;
  /** Its position in the order of all first releases. */
  firstBegun = 0;
  givenUp = false;
  #failuresLeft: number;

  constructor(name: string, surroundings: ResourceSurroundings) {
    this.name = name;
    this.manner = surroundings.random.pick(resourceManners);
    this.#failuresLeft = this.manner === "throws" || this.manner === "rejects" ? 1 + surroundings.random.int(5) : 0;
    this.target =
      this.manner === "prompt" || this.manner === "throws"
        ? { [Symbol.dispose]: () => this.#releaseAtOnce(surroundings) }
        : { [Symbol.asyncDispose]: () => this.#releaseInTime(surroundings) };
  }

  #releaseAtOnce(surroundings: ResourceSurroundings): void {
    this.#begin(surroundings);
    this.#done(surroundings);
  }

  async #releaseInTime(surroundings: ResourceSurroundings): Promise<void> {
    this.#begin(surroundings);
    if (this.manner === "hangs") await new Promise(() => {});
    const takesMs = this.manner === "slow" ? 5_001 + surroundings.random.int(20_000) : surroundings.random.int(4_000);
    await new Promise<void>((resolve) => surroundings.later(takesMs, resolve));
    this.#done(surroundings);
  }

  #done(surroundings: ResourceSurroundings): void {
    this.released += 1;
    surroundings.released(this);
  }

  #begin(surroundings: ResourceSurroundings): void {
    if (this.begun === 0) this.firstBegun = surroundings.count();
    this.begun += 1;
    surroundings.meddle();
    if (this.#failuresLeft === 0) return;
    this.#failuresLeft -= 1;
    throw new Error(`${this.name} cannot be released`);
  }
}
