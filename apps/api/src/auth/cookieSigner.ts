/** Signs and verifies cookies. A cookie carries only the id of a sign-in; whether that is in force, `Operators` knows. */
import { isDigest, keyedDigest } from "./keyedDigest.ts";
import type { Keyring } from "./keyring.ts";

export interface CookieIdentity {
  readonly name: string;
  readonly id: string;
  readonly expiresAtMs: number;
}

export class CookieSigner {
  readonly #keyring: Keyring;
  readonly #now: () => number;

  constructor(keyring: Keyring, now: () => number) {
    this.#keyring = keyring;
    this.#now = now;
  }

  issue({ name, id, expiresAtMs }: CookieIdentity): { readonly value: string; readonly maxAgeS: number } {
    const payload = `${Buffer.from(name).toString("base64url")}.${id}.${expiresAtMs}`;
    const maxAgeS = Math.max(0, Math.round((expiresAtMs - this.#now()) / 1_000));
    return { value: `${payload}.${this.#sign(payload).toString("base64url")}`, maxAgeS };
  }

  /** The identity in a cookie that this server signed and that has not expired; otherwise `null`. */
  verify(value: string): CookieIdentity | null {
    const [name, id, expires, signature, ...rest] = value.split(".");
    if (name === undefined || id === undefined || expires === undefined || signature === undefined || rest.length > 0)
      return null;
    if (!isDigest(signature, this.#sign(`${name}.${id}.${expires}`))) return null;
    const expiresAtMs = Number(expires);
    return expiresAtMs > this.#now() ? { name: Buffer.from(name, "base64url").toString(), id, expiresAtMs } : null;
  }

  #sign(payload: string): Buffer {
    return keyedDigest(this.#keyring.secret, payload);
  }
}
