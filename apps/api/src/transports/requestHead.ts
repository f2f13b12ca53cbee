/** What is wrong with a request's head, before anything else looks at it. */
import type { IncomingMessage } from "node:http";

/** A name, an address or `[IPv6]`, and a port; nothing that would make of a URL built with it another one. RFC 9112, section 3.2. */
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+;=%-]+)(?::\d{1,5})?$/i;

/** Why the request is answered with 400; `null` when it is well-formed. */
export function malformedHead({ headers, headersDistinct, method, url = "/" }: IncomingMessage): string | null {
  const { host } = headers;
  // HTTP/1.0 needs none; without one where it is needed the request does not get as far as this.
  if (host !== undefined && host !== "" && !(hostPattern.test(host) && URL.canParse(`http://${host}/`)))
    return "the Host header is malformed";
  if ((headersDistinct.host?.length ?? 0) > 1) return "there is more than one Host header";
  const isForm = url.startsWith("/") || (url === "*" && method === "OPTIONS") || (/^https?:\/\//i.test(url) && URL.canParse(url));
  return isForm ? null : "the request's target is malformed";
}
