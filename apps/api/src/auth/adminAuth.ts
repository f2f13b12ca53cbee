/** Operators' sign-in: a one-time link printed at the start, then a signed cookie. */
import { roleRights } from "../contract/rights.ts";
import type { CookieIdentity, CookieSigner } from "./cookieSigner.ts";
import type { OneTimeToken } from "./oneTimeToken.ts";
import type { SignIn } from "./signIns.ts";

/** Prefix of operator cookie names. */
export const ADMIN_COOKIE = "lastbeat_admin";
const COOKIE_NAME = /^(?:__Host-|__Secure-)?lastbeat_admin(?:_\d{1,5})?$/;
/** Cookies checked per request: one per server on this machine. */
const MAX_COOKIES = 32;

/** The single operator who signs in by link. Named accounts would replace it. */
const OPERATOR = "operator";

/** Value of a `Set-Cookie` header. */
type SetCookie = string;

/** Scope of the cookie, as the browser sees the server. */
export interface CookiePlace {
  /** Part of the cookie's name: browsers share cookies between all ports of a host. */
  readonly port: number;
  /** The cookie's `Path`. */
  readonly path: string;
  /** Whether to send it over TLS only. */
  readonly secure: boolean;
}

/** The cookie's name without its prefix, such as `lastbeat_admin_8000`. */
export function adminCookieName(port: number): string {
  return `${ADMIN_COOKIE}_${port}`;
}

/**
 * The prefix with which a browser takes the cookie over TLS only (rule WEB8): with `__Host-` from this host alone and for all its paths, so
 * that neither a page without TLS nor one of a neighbouring subdomain can put its own in its place. RFC 6265bis, section 4.1.3.
 */
function cookiePrefix({ secure, path }: Omit<CookiePlace, "port">): string {
  if (!secure) return "";
  return path === "/" ? "__Host-" : "__Secure-";
}

export class AdminAuth {
  readonly #token: OneTimeToken;
  readonly #signer: CookieSigner;

  constructor(token: OneTimeToken, signer: CookieSigner) {
    this.#token = token;
    this.#signer = signer;
  }

  /** Issues a new one-time token and invalidates the previous one. */
  newToken(): string {
    return this.#token.renew();
  }

  /** The identity in a request's cookies. The signature decides which server issued a cookie, not the port in its name. */
  identify(cookieHeader: string | undefined): CookieIdentity | null {
    if (cookieHeader === undefined) return null;
    return this.#own(cookieHeader)[0]?.identity ?? null;
  }

  /** The operator's sign-in, or `null` if it has expired or was signed out. Checked again on every call. */
  signInOf(identity: CookieIdentity | null): SignIn | null {
    if (identity === null) return null;
    const isValid = () => this.#signer.isValid(identity);
    return isValid() ? { id: `cookie ${identity.id}`, name: identity.name, rights: roleRights.admin, isValid } : null;
  }

  /** Consumes the token. `null` if it is not the latest one, or was already used. */
  signIn(token: string, place: CookiePlace): SetCookie | null {
    if (!this.#token.consume(token)) return null;
    const { value, maxAgeS } = this.#signer.issue(OPERATOR);
    return setCookie(`${cookiePrefix(place)}${adminCookieName(place.port)}=${value}`, { ...place, maxAgeS });
  }

  /** Revokes this server's cookies in the header, for every connection that uses them. */
  signOut(cookieHeader: string | undefined, { path, secure }: Omit<CookiePlace, "port">): readonly SetCookie[] {
    return this.#own(cookieHeader).map(({ name, identity }) => {
      this.#signer.revoke(identity);
      return setCookie(`${name}=`, { path, secure, maxAgeS: 0 });
    });
  }

  /** Valid cookies issued by this server. The header also carries those of other servers on this machine. */
  #own(header: string | undefined): readonly { readonly name: string; readonly identity: CookieIdentity }[] {
    const named = cookiesOf(header).filter(({ name }) => COOKIE_NAME.test(name));
    // One with a prefix cannot have been put there by another page.
    named.sort((a, b) => Number(b.name.startsWith("__")) - Number(a.name.startsWith("__")));
    return named.slice(0, MAX_COOKIES).flatMap(({ name, value }) => {
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
