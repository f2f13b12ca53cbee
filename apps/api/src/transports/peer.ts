/** Where a request comes from. */
import type { IncomingMessage } from "node:http";
import type { Peer } from "@lastbeat/core";

const CLIENT_MAX = 200;
const MAPPED_IPV4 = "::ffff:";

export function peerOf(request: IncomingMessage, transport: string): Peer {
  return { address: addressOf(request), client: clientOf(request), transport };
}

export function addressOf({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? "unknown";
  return address.startsWith(MAPPED_IPV4) ? address.slice(MAPPED_IPV4.length) : address;
}

/** Copied, since a slice of the header would keep the whole header in memory. */
function clientOf(request: IncomingMessage): string {
  const agent = request.headers["user-agent"] ?? "";
  return Buffer.from(agent.slice(0, CLIENT_MAX)).toString();
}

export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
