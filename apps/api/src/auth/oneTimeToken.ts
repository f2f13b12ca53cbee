/** A token that opens once: 256 random bits, kept hashed, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export class OneTimeToken {
  #hash: Buffer | null = null;

  /** Makes a new token, which takes the place of any earlier one. */
  renew(): string {
    const token = randomBytes(32).toString("base64url");
    this.#hash = sha256(token);
    return token;
  }

  /** Whether this is the token; it works once. */
  consume(token: string): boolean {
    if (this.#hash === null || !timingSafeEqual(this.#hash, sha256(token))) return false;
    this.#hash = null;
    return true;
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
