/** The port for randomness, and its default implementation. */
import { randomBytes, randomFillSync } from "node:crypto";

/** A source of randomness; a port, so that a simulation is repeatable. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  bytes(count: number): Uint8Array;
}

/** Random bytes drawn from the operating system at a time: one call costs more than 80 sessions need. */
const POOL_BYTES = 4_096;
/** Longer requests are drawn on their own. */
const POOLED_BYTES = 64;

class RandomPool {
  readonly #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  /** A copy of the next `count` bytes. No byte is given out twice, and none is kept once it is given out. */
  take(count: number): Uint8Array {
    if (this.#used + count > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += count;
    const taken = this.#pool.slice(from, this.#used);
    this.#pool.fill(0, from, this.#used);
    return taken;
  }
}

const pool = new RandomPool();

/** `Math.random` for jitter; the operating system's random bytes for ids and tokens. */
export const systemRandom: Random = {
  float: () => Math.random(),
  bytes: (count) => (count <= POOLED_BYTES ? pool.take(count) : randomBytes(count)),
};
