/** Validates a request's head before anything else uses it. */
import type { IncomingMessage } from "node:http";

/** A name, an address or `[IPv6]`, with an optional port. Excludes anything that could alter a URL built from it. RFC 9112, section 3.2. */
const hostPattern = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+;=%-]+)(?::\d{1,5})?$/i;

/** Most requests name the host that the one before them did. */
let lastHost = "localhost";

/** Why the request is malformed; `null` if it is well-formed. */
export function malformedHead({ headers, rawHeaders, method, url = "/" }: IncomingMessage): string | null {
  const { host } = headers;
  // HTTP/1.0 does not require a Host. Where it is required, Node rejects a request without one before this point.
  if (host !== undefined && host !== "" && host !== lastHost) {
    if (!(hostPattern.test(host) && URL.canParse(`http://${host}/`))) return "the Host header is malformed";
    lastHost = host;
  }
  if (hasTwoHosts(rawHeaders)) return "there is more than one Host header";
  const isForm = url.startsWith("/") || (url === "*" && method === "OPTIONS") || (/^https?:\/\//i.test(url) && URL.canParse(url));
  return isForm ? null : "the request's target is malformed";
}

/** Reads the raw list, because Node's own lists of each header are made anew for each request. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts > 1;
}
