/** Signs and verifies cookies. They survive a restart, expire, and can be revoked individually. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Keyring } from "./keyring.ts";

export interface CookieIdentity {
  readonly name: string;
  readonly id: string;
  readonly expiresAtMs: number;
}

const LIFETIME_S = 12 * 3_600;

export class CookieSigner {
  readonly #keyring: Keyring;
  readonly #now: () => number;

  constructor(keyring: Keyring, now: () => number) {
    this.#keyring = keyring;
    this.#now = now;
  }

  issue(name: string): { readonly value: string; readonly maxAgeS: number } {
    const id = randomBytes(12).toString("base64url");
    const payload = `${Buffer.from(name).toString("base64url")}.${id}.${this.#now() + LIFETIME_S * 1000}`;
    return { value: `${payload}.${this.#sign(payload).toString("base64url")}`, maxAgeS: LIFETIME_S };
  }

  verify(value: string): CookieIdentity | null {
    const [name, id, expires, signature, ...rest] = value.split(".");
    if (name === undefined || id === undefined || expires === undefined || signature === undefined || rest.length > 0)
      return null;
    const expected = this.#sign(`${name}.${id}.${expires}`);
    const given = Buffer.from(signature, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    const identity = { name: Buffer.from(name, "base64url").toString(), id, expiresAtMs: Number(expires) };
    return this.isValid(identity) ? identity : null;
  }

  isValid({ id, expiresAtMs }: CookieIdentity): boolean {
    return expiresAtMs > this.#now() && !this.#keyring.isRevoked(id);
  }

  revoke({ id, expiresAtMs }: CookieIdentity): void {
    this.#keyring.revoke(id, expiresAtMs, this.#now());
  }

  #sign(payload: string): Buffer {
    return createHmac("sha256", this.#keyring.secret).update(payload).digest();
  }
}
