/** Randomness from the operating system. */
import { randomBytes } from "node:crypto";
import type { Random } from "./keeperTypes.ts";

/** `Math.random` for spreading in time, `crypto.randomBytes` for ids and tokens. */
export const systemRandom: Random = {
  float: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
