/** Resume tokens (rule SES5): 256 random bits, stored only as a hash, compared in constant time, replaced at each attach. */
import { Buffer } from "node:buffer";
import { hash, timingSafeEqual } from "node:crypto";
import type { Random } from "../ports/random.ts";

const TOKEN_BYTES = 32;
/** Of SHA-256, the first half: nobody finds a second token for 128 bits. */
export const HASH_BYTES = 16;

export interface MintedToken {
  /** For the client: base64url, 43 characters. */
  readonly token: string;
  /** For the session: one character per byte. */
  readonly hash: string;
}

const hashOf = (token: string): Buffer => hash("sha256", token, "buffer").subarray(0, HASH_BYTES);

/** Makes a token and its hash. */
export function mintResumeToken(random: Random): MintedToken {
  const { buffer, byteOffset } = random.bytes(TOKEN_BYTES);
  const token = Buffer.from(buffer, byteOffset, TOKEN_BYTES).toString("base64url");
  return { token, hash: hashOf(token).toString("latin1") };
}

/** Whether `token` matches the stored hash. Constant time. */
export function matchesResumeToken(token: string, stored: string): boolean {
  return stored.length === HASH_BYTES && timingSafeEqual(hashOf(token), Buffer.from(stored, "latin1"));
}
