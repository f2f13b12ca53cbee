/** Parses addresses as written by sockets and headers. */
import { isIP, isIPv4 } from "node:net";

const MAPPED_IPV4 = "::ffff:";
/** Longer than any address with brackets, zone and port. */
const MAX_LENGTH = 100;
const IN_BRACKETS = /^\[([^\]]+)\](?::\d{1,5})?$/;
const WITH_PORT = /^([\d.]+):\d{1,5}$/;

/** The address without port, brackets and zone, with mapped IPv4 unwrapped; `null` if it is not one (`unknown`, `_hidden`, junk). */
export function readAddress(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const written = text.trim();
  const [, inside = written] = IN_BRACKETS.exec(written) ?? WITH_PORT.exec(written) ?? [];
  const address = plainAddress(inside);
  return isIP(address) === 0 ? null : address;
}

/** Normalises a socket's address: no zone, and mapped IPv4 unwrapped. */
export function plainAddress(address: string): string {
  const [bare = ""] = address.toLowerCase().split("%", 1);
  const wrapped = bare.startsWith(MAPPED_IPV4) ? bare.slice(MAPPED_IPV4.length) : bare;
  return isIPv4(wrapped) ? wrapped : bare;
}
