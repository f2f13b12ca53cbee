/** Declines an upgrade offer by handing the request back to the HTTP server without it. RFC 9110, section 7.8. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Whether a request offers WebSocket. Others offer different protocols: `curl --http2` sends `Upgrade: h2c` with its first request.
 */
export function offersWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? "").split(",").some((protocol) => /^\s*websocket\s*(?:\/.*)?$/i.test(protocol));
}

/**
 * Makes the HTTP server read the request again without the offer, and everything that follows on the connection. Node's own
 * `shouldUpgradeCallback` loses data that arrived in the same packet as the request.
 */
export function declineUpgrade(
  server: Server,
  { request, stream, head }: { request: IncomingMessage; stream: Duplex; head: Buffer },
) {
  stream.unshift(Buffer.concat([Buffer.from(headWithoutOffer(request), "latin1"), head]));
  server.emit("connection", stream);
}

function headWithoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    const left = valueWithoutOffer(name.toLowerCase(), value);
    if (left !== null) text += `${name}: ${left}\r\n`;
  }
  return `${text}\r\n`;
}

function valueWithoutOffer(name: string, value: string): string | null {
  if (name === "upgrade" || name === "http2-settings") return null;
  if (name !== "connection") return value;
  const tokens = value.split(",").map((token) => token.trim());
  return tokens.filter((token) => !["upgrade", "http2-settings"].includes(token.toLowerCase())).join(", ") || null;
}
