/**
 * An attempt to sign in through the identity provider, from leaving for it to coming back. The server remembers none: a signed cookie
 * holds the state, and what must stay unknown to the browser's address bar is derived from it with the server's key.
 */
import { randomBytes } from "node:crypto";
import { isDigest, keyedDigest } from "../keyedDigest.ts";
import type { Keyring } from "../keyring.ts";

/** Time to sign in at the provider. */
export const ATTEMPT_MS = 10 * 60_000;

export interface OidcAttempt {
  /** Comes back in the address: ties the answer to this browser. */
  readonly state: string;
  /** Comes back in the ID token: ties the token to this attempt. */
  readonly nonce: string;
  /** PKCE (RFC 7636): makes a stolen code worthless. */
  readonly verifier: string;
}

export class OidcAttempts {
  readonly #keyring: Keyring;
  readonly #now: () => number;

  constructor(keyring: Keyring, now: () => number) {
    this.#keyring = keyring;
    this.#now = now;
  }

  begin(): { readonly attempt: OidcAttempt; readonly cookie: string } {
    const state = randomBytes(24).toString("base64url");
    const payload = `${state}.${this.#now() + ATTEMPT_MS}`;
    return { attempt: this.#attemptOf(state), cookie: `${payload}.${this.#keyed("attempt", payload).toString("base64url")}` };
  }

  /** The attempt that this cookie began; `null` if it is forged or too old. */
  read(cookie: string): OidcAttempt | null {
    const [state, expires, signature, ...rest] = cookie.split(".");
    if (state === undefined || expires === undefined || signature === undefined || rest.length > 0) return null;
    if (!isDigest(signature, this.#keyed("attempt", `${state}.${expires}`))) return null;
    return Number(expires) > this.#now() ? this.#attemptOf(state) : null;
  }

  #attemptOf(state: string): OidcAttempt {
    const derived = (what: string) => this.#keyed(what, state).toString("base64url");
    return { state, nonce: derived("nonce"), verifier: derived("verifier") };
  }

  /** The prefix keeps one value from serving as another, or as the signature of a cookie or link. */
  #keyed(what: string, text: string): Buffer {
    return keyedDigest(this.#keyring.secret, `oidc ${what}:${text}`);
  }
}
