/** Operators' sign-in: a one-time link printed at the start, then a signed cookie. */
import type { CookieIdentity, CookieSigner } from "./cookieSigner.ts";
import type { OneTimeToken } from "./oneTimeToken.ts";
import type { SignIn } from "./signIns.ts";

/** The names of operators' cookies begin with this. */
export const ADMIN_COOKIE = "lastbeat_admin";
const COOKIE_NAME = /^lastbeat_admin(?:_\d{1,5})?$/;
/** Cookies of as many servers on one machine are looked at. */
const MOST_COOKIES = 32;

/** The one operator that signs in by link; accounts with names of their own would take its place. */
const OPERATOR = "operator";

/** Value of a `Set-Cookie` header. */
type SetCookie = string;

/** Where the browser found the server. */
export interface CookiePlace {
  /** Browsers keep one cookie of a name for all ports of a machine, so that the name must tell servers apart. */
  readonly port: number;
  /** The path below which it is sent. */
  readonly path: string;
  /** Whether it may be sent over TLS only. */
  readonly secure: boolean;
}

/** A cookie's name: `lastbeat_admin_8000`. */
export function adminCookieName(port: number): string {
  return `${ADMIN_COOKIE}_${port}`;
}

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

  /** Who the cookies of a request speak for. Whatever port a cookie's name carries, its signature says whose it is. */
  identify(cookieHeader: string | undefined): CookieIdentity | null {
    return this.#own(cookieHeader)[0]?.identity ?? null;
  }

  /** The operator's sign-in, unless it has expired or was signed out. Asked again on every call. */
  signInOf(identity: CookieIdentity | null): SignIn | null {
    if (identity === null) return null;
    const isValid = () => this.#signer.isValid(identity);
    return isValid() ? { id: `cookie ${identity.id}`, name: identity.name, isValid } : null;
  }

  /** Consumes the token. `null` when it is not the one that was printed, or was used before. */
  signIn(token: string, { port, path, secure }: CookiePlace): SetCookie | null {
    if (!this.#token.consume(token)) return null;
    const { value, maxAgeS } = this.#signer.issue(OPERATOR);
    return setCookie(`${adminCookieName(port)}=${value}`, { path, secure, maxAgeS });
  }

  /** Revokes every cookie of this server for every connection that came with it. */
  signOut(cookieHeader: string | undefined, { path, secure }: Omit<CookiePlace, "port">): readonly SetCookie[] {
    return this.#own(cookieHeader).map(({ name, identity }) => {
      this.#signer.revoke(identity);
      return setCookie(`${name}=`, { path, secure, maxAgeS: 0 });
    });
  }

  /** The cookies that this server made and that are still good; other servers on this machine have theirs in the same header. */
  #own(header: string | undefined): readonly { readonly name: string; readonly identity: CookieIdentity }[] {
    const named = cookiesOf(header).filter(({ name }) => COOKIE_NAME.test(name));
    return named.slice(0, MOST_COOKIES).flatMap(({ name, value }) => {
      const identity = this.#signer.verify(value);
      return identity === null ? [] : [{ name, identity }];
    });
  }
}

function setCookie(pair: string, { path, secure, maxAgeS }: { path: string; secure: boolean; maxAgeS: number }): SetCookie {
  return `${pair}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** The cookies in a `Cookie` header. */
export function cookiesOf(header = ""): readonly { readonly name: string; readonly value: string }[] {
  return header.split(";").flatMap((part) => {
    const [name = "", ...value] = part.split("=");
    return value.length === 0 ? [] : [{ name: name.trim(), value: value.join("=").trim() }];
  });
}
