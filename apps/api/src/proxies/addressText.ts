/** Addresses as sockets and headers write them. */
import { isIP, isIPv4 } from "node:net";

const MAPPED_IPV4 = "::ffff:";
/** Longer than any address with brackets, zone and port. */
const LONGEST = 100;
const IN_BRACKETS = /^\[([^\]]+)\](?::\d{1,5})?$/;
const WITH_PORT = /^([\d.]+):\d{1,5}$/;

/** An address without port, brackets and zone, IPv4 in its own form; `null` when it is none (`unknown`, `_hidden`, junk). */
export function readAddress(text: string): string | null {
  if (text.length > LONGEST) return null;
  const written = text.trim();
  const [, inside = written] = IN_BRACKETS.exec(written) ?? WITH_PORT.exec(written) ?? [];
  const address = plainAddress(inside);
  return isIP(address) === 0 ? null : address;
}

/** An address as a socket gives it, IPv4 in its own form. */
export function plainAddress(address: string): string {
  const [bare = ""] = address.toLowerCase().split("%", 1);
  const wrapped = bare.startsWith(MAPPED_IPV4) ? bare.slice(MAPPED_IPV4.length) : bare;
  return isIPv4(wrapped) ? wrapped : bare;
}
