/** The cookie that carries an operator's sign-in. */
import type { StoredSignIn } from "../contract/operators.ts";
import type { CookieIdentity, CookieSigner } from "./cookieSigner.ts";
import type { Operators } from "./operators.ts";
import type { SignIn } from "./signIns.ts";

/** Prefix of operator cookie names. */
export const ADMIN_COOKIE = "lastbeat_admin";
const COOKIE_NAME = /^(?:__Host-|__Secure-)?lastbeat_admin(?:_\d{1,5})?$/;
/** Cookies checked per request: one per server on this machine. */
const MAX_COOKIES = 32;

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
  readonly #signer: CookieSigner;
  readonly #operators: Operators;

  constructor(signer: CookieSigner, operators: Operators) {
    this.#signer = signer;
    this.#operators = operators;
  }

  /** The identity in a request's cookies. The signature decides which server issued a cookie, not the port in its name. */
  identify(cookieHeader: string | undefined): CookieIdentity | null {
    if (cookieHeader === undefined) return null;
    const own = this.#own(cookieHeader);
    const inForce = own.find(({ identity }) => this.#operators.signInWith(identity.id) !== null);
    return (inForce ?? own[0])?.identity ?? null;
  }

  /** The operator's sign-in, or `null` if it has expired or was ended. Checked again on every call. */
  signInOf(identity: CookieIdentity | null): SignIn | null {
    return identity === null ? null : this.#operators.signInWith(identity.id);
  }

  /** The cookie for a sign-in. */
  cookieFor({ operator, id, expiresAtMs }: StoredSignIn, place: CookiePlace): SetCookie {
    const { value, maxAgeS } = this.#signer.issue({ name: operator, id, expiresAtMs });
    return setCookie(`${namedCookie(ADMIN_COOKIE, place)}=${value}`, { ...place, maxAgeS });
  }

  /** The sign-ins in the header's cookies, and what removes these from the browser. */
  forget(
    cookieHeader: string | undefined,
    { path, secure }: Omit<CookiePlace, "port">,
  ): { readonly ids: readonly string[]; readonly cookies: readonly SetCookie[] } {
    const own = this.#own(cookieHeader);
    return {
      ids: own.map(({ identity }) => identity.id),
      cookies: own.map(({ name }) => setCookie(`${name}=`, { path, secure, maxAgeS: 0 })),
    };
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

/** A cookie's whole name. */
export function namedCookie(name: string, place: CookiePlace): string {
  return `${cookiePrefix(place)}${name}_${place.port}`;
}

export function setCookie(
  pair: string,
  { path, secure, maxAgeS }: { path: string; secure: boolean; maxAgeS: number },
): SetCookie {
  return `${pair}; Path=${path}; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
}

/** The cookies in a `Cookie` header. */
export function cookiesOf(header = ""): readonly { readonly name: string; readonly value: string }[] {
  return header.split(";").flatMap((part) => {
    const [name = "", ...value] = part.split("=");
    return value.length === 0 ? [] : [{ name: name.trim(), value: value.join("=").trim() }];
  });
}
