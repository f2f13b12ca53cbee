/** Repeatable randomness: sfc32, a small fast generator by Chris Doty-Humphrey, part of PractRand. */

import type { Random } from "../ports/random.ts";

export interface SeededRandom extends Random {
  /** A whole number in [0, below). */
  int(below: number): number;
  /** `true` with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Creates a generator; the same seed gives the same sequence. */
export function createSeededRandom(seed: number): SeededRandom {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = seed | 0;
  let counter = 1;
  const next = () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round += 1) next();
  const float = () => next() / 4_294_967_296;
  const random: SeededRandom = {
    float,
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    int: (below) => Math.floor(float() * below),
    chance: (probability) => float() < probability,
    pick: (items) => items[random.int(items.length)] as (typeof items)[number],
  };
  return random;
}
