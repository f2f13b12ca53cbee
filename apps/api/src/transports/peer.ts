/** Peer information kept from a connection's request. */
import type { IncomingMessage } from "node:http";
import type { Peer } from "@lastbeat/core";

const CLIENT_MAX = 200;

/** @param address the client's address, see `proxies/trustedProxies.ts`. */
export function peerOf(request: IncomingMessage, address: string, transport: string): Peer {
  return { address: ownText(address), client: ownText((request.headers["user-agent"] ?? "").slice(0, CLIENT_MAX)), transport };
}

/** Copies the text, since a slice of a header would keep the whole header in memory. */
function ownText(text: string): string {
  return Buffer.from(text).toString();
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
