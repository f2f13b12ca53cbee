/** The port for randomness, and its default implementation. */
import { randomBytes } from "node:crypto";

/** A source of randomness; a port, so that a simulation is repeatable. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  bytes(count: number): Uint8Array;
}

/** `Math.random` for jitter, `crypto.randomBytes` for ids and tokens. */
export const systemRandom: Random = {
  float: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
