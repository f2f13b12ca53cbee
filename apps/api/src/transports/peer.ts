/** Peer information kept from a connection's request. */
import type { IncomingMessage } from "node:http";
import { clientName, type Peer } from "@lastbeat/core";

/** @param address the client's address, see `proxies/trustedProxies.ts`. */
export function peerOf(request: IncomingMessage, address: string, transport: string): Peer {
  return { address: ownText(address), client: clientName(request.headers["user-agent"]), transport };
}

/** Copies the text, since a slice of a header would keep the whole header in memory. */
function ownText(text: string): string {
  return Buffer.from(text).toString();
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
