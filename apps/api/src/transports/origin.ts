/** Which pages may connect: those served from here, and those of the origins in the configuration. */
import type { RequestOrigin } from "../proxies/trustedProxies.ts";

/**
 * Programs send no `Origin`; browsers always do on a WebSocket, and a page cannot forge it. The host is the request's `Host`, which a browser
 * fills with the address it connected to, or what a trusted proxy says of it; a port that the scheme implies may be written or not.
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
  // Anybody on the way can put words into a page without TLS. The other way round, TLS ends in front of the proxy that spoke.
  if (scheme === "https" && page.protocol === "http:") return false;
  const own = `${page.protocol}//${host}`;
  return page.host !== "" && URL.canParse(own) && new URL(own).origin === page.origin && new URL(own).href === `${page.origin}/`;
}
