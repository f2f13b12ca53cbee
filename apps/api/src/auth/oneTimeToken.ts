/** A single-use token: 256 random bits, stored as a hash, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export class OneTimeToken {
  #hash: Buffer | null = null;

  /** Issues a new token and invalidates the previous one. */
  renew(): string {
    const token = randomBytes(32).toString("base64url");
    this.#hash = sha256(token);
    return token;
  }

  /** Returns whether this is the current token, and invalidates it if so. */
  consume(token: string): boolean {
    if (this.#hash === null || !timingSafeEqual(this.#hash, sha256(token))) return false;
    this.#hash = null;
    return true;
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
