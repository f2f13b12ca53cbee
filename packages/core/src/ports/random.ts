/** The port to randomness, and the operating system's. */
import { randomBytes } from "node:crypto";

/** The port to randomness, so that a simulation can be repeated. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  bytes(count: number): Uint8Array;
}

/** `Math.random` for spreading in time, `crypto.randomBytes` for ids and tokens. */
export const systemRandom: Random = {
  float: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
