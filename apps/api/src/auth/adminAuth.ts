/** Operators' sign-in: a one-time link printed at the start, then a signed cookie. */
import type { CookieIdentity, CookieSigner } from "./cookieSigner.ts";
import type { OneTimeToken } from "./oneTimeToken.ts";
import type { SignIn } from "./signIns.ts";

export const ADMIN_COOKIE = "lastbeat_admin";

/** The one operator that signs in by link; accounts with names of their own would take its place. */
const OPERATOR = "operator";

/** Value of a `Set-Cookie` header. */
type SetCookie = string;

export class AdminAuth {
  readonly #token: OneTimeToken;
  readonly #signer: CookieSigner;

  constructor(token: OneTimeToken, signer: CookieSigner) {
    this.#token = token;
    this.#signer = signer;
  }

  /** Makes a new one-time token; an earlier one stops working. */
  newToken(): string {
    return this.#token.renew();
  }

  /** Who the cookies of a request speak for. */
  identify(cookieHeader: string | undefined): CookieIdentity | null {
    const value = cookieValue(cookieHeader, ADMIN_COOKIE);
    return value === undefined ? null : this.#signer.verify(value);
  }

  /** The operator's sign-in, unless it has expired or was signed out. Asked anew on every call. */
  signInOf(identity: CookieIdentity | null): SignIn | null {
    if (identity === null) return null;
    const isValid = () => this.#signer.isValid(identity);
    return isValid() ? { id: `cookie ${identity.id}`, name: identity.name, isValid } : null;
  }

  /** Consumes the token. `null` when it is not the one that was printed, or was used before. */
  signIn(token: string): SetCookie | null {
    if (!this.#token.consume(token)) return null;
    const { value, maxAgeS } = this.#signer.issue(OPERATOR);
    return `${ADMIN_COOKIE}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax`;
  }

  /** Revokes the cookie for every connection that came with it. */
  signOut(cookieHeader: string | undefined): SetCookie {
    const identity = this.identify(cookieHeader);
    if (identity !== null) this.#signer.revoke(identity);
    return `${ADMIN_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
  }
}

/** One cookie's value out of a `Cookie` header. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const [key, ...value] = part.split("=");
    if (key?.trim() === name) return value.join("=").trim();
  }
  return undefined;
}
