/** Origin check: allows pages served from here and those of configured origins. */
import type { RequestOrigin } from "../proxies/trustedProxies.ts";

/**
 * Programs send no `Origin`. Browsers always do on a WebSocket, and a page cannot forge it. The host is the request's `Host`, which a
 * browser sets to the address it connected to, or the value from a trusted proxy. The scheme's default port may be given or omitted.
 */
export function originAllowed(
  origin: string | undefined,
  { host, scheme }: Pick<RequestOrigin, "host" | "scheme">,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  // A page without TLS can be tampered with on the way. The reverse is fine: TLS may end in front of the proxy that reported the scheme.
  if (scheme === "https" && page.protocol === "http:") return false;
  const own = `${page.protocol}//${host}`;
  return page.host !== "" && URL.canParse(own) && new URL(own).origin === page.origin && new URL(own).href === `${page.origin}/`;
}
