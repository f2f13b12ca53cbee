/** Validates a request's head before anything else uses it. */
import type { IncomingMessage } from "node:http";

/** A name, an address or `[IPv6]`, with an optional port. Excludes anything that could alter a URL built from it. RFC 9112, section 3.2. */
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+;=%-]+)(?::\d{1,5})?$/i;

/** Why the request is malformed; `null` if it is well-formed. */
export function malformedHead({ headers, headersDistinct, method, url = "/" }: IncomingMessage): string | null {
  const { host } = headers;
  // HTTP/1.0 does not require a Host. Where it is required, Node rejects a request without one before this point.
  if (host !== undefined && host !== "" && !(hostPattern.test(host) && URL.canParse(`http://${host}/`)))
    return "the Host header is malformed";
  if ((headersDistinct.host?.length ?? 0) > 1) return "there is more than one Host header";
  const isForm = url.startsWith("/") || (url === "*" && method === "OPTIONS") || (/^https?:\/\//i.test(url) && URL.canParse(url));
  return isForm ? null : "the request's target is malformed";
}
