/**
 * Remembers the browsers in which an operator has signed in, by a cookie that lasts for months. Who brings it does not wait because
 * strangers guess at the name (rule OPS7), only for own failures. It opens nothing, and a new password ends it.
 * As in OWASP's "device cookies": https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
import { randomBytes } from "node:crypto";
import type { StoredOperator } from "../contract/operators.ts";
import { type CookiePlace, cookiesOf, namedCookie, setCookie } from "./adminAuth.ts";
import { isDigest, keyedDigest } from "./keyedDigest.ts";
import type { Keyring } from "./keyring.ts";

const KNOWN_COOKIE = "lastbeat_known";
const COOKIE_NAME = /^(?:__Host-|__Secure-)?lastbeat_known(?:_\d{1,5})?$/;
/** Cookies checked per request: one per server on this machine. */
const MAX_COOKIES = 32;
const LIFETIME_MS = 180 * 86_400_000;

type Account = Pick<StoredOperator, "name" | "password">;

export class KnownBrowsers {
  readonly #keyring: Keyring;
  readonly #now: () => number;

  constructor(keyring: Keyring, now: () => number) {
    this.#keyring = keyring;
    this.#now = now;
  }

  /** Value of a `Set-Cookie` header. */
  cookieFor(account: Account, place: CookiePlace): string {
    const payload = `${randomBytes(12).toString("base64url")}.${this.#now() + LIFETIME_MS}`;
    const pair = `${namedCookie(KNOWN_COOKIE, place)}=${payload}.${this.#sign(payload, account).toString("base64url")}`;
    return setCookie(pair, { ...place, maxAgeS: LIFETIME_MS / 1_000 });
  }

  /** The id of a browser in which this account has signed in with its present password; `null` for any other. */
  idIn(cookieHeader: string | undefined, account: Account | undefined): string | null {
    if (account === undefined) return null;
    const named = cookiesOf(cookieHeader).filter(({ name }) => COOKIE_NAME.test(name));
    for (const { value } of named.slice(0, MAX_COOKIES)) {
      const [id = "", expires = "", signature = "", ...rest] = value.split(".");
      const isSigned = rest.length === 0 && isDigest(signature, this.#sign(`${id}.${expires}`, account));
      if (isSigned && Number(expires) > this.#now()) return id;
    }
    return null;
  }

  /** The prefix keeps a signature from being one of a sign-in or a link. */
  #sign(payload: string, { name, password }: Account): Buffer {
    return keyedDigest(this.#keyring.secret, `known:${name}\n${payload}\n${password}`);
  }
}
