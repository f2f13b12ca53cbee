/** The timer by which a simulated client sends heartbeats of its own (rule HB10): exact, drifting, late, or slowed like a hidden page's. */
import type { SeededRandom } from "../seededRandom.ts";
import type { Network } from "./network.ts";

/** How late a timer is that is set for `delayMs`, in milliseconds. */
type Lateness = (random: SeededRandom, delayMs: number) => number;

const timers: readonly Lateness[] = [
  () => 0,
  (_, delayMs) => delayMs * 0.01,
  (random) => random.int(300),
  (random, delayMs) => random.int(Math.ceil(delayMs / 2)),
  // Once per minute, whatever it is set for.
  (_, delayMs) => 60_000 - (delayMs % 60_000),
];

export interface OwnBeatsOptions {
  readonly network: Network;
  readonly random: SeededRandom;
  /** Sends a beat. @returns whether there will be another. */
  readonly beat: () => boolean;
}

export class OwnBeats {
  readonly #options: OwnBeatsOptions;
  readonly #lateness: Lateness;
  #intervalMs: number;
  /** Incremented when the timer is set anew. */
  #generation = 0;

  constructor(intervalMs: number, options: OwnBeatsOptions) {
    this.#options = options;
    this.#intervalMs = intervalMs;
    this.#lateness = options.random.pick(timers);
    this.#arm(intervalMs * (0.5 + options.random.float() / 2));
  }

  /** The server told the client another interval. */
  retime(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.#arm(intervalMs * this.#options.random.float());
  }

  #arm(delayMs: number): void {
    const { network, random, beat } = this.#options;
    this.#generation += 1;
    const generation = this.#generation;
    network.toClient(delayMs + this.#lateness(random, delayMs), () => {
      if (generation === this.#generation && beat()) this.#arm(this.#intervalMs);
    });
  }
}
