/**
 * What proxies write into a request's headers, the nearest proxy first: `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`.
 * A client can write them too, in front of what its proxy adds, so that everything is counted from the right.
 */
import type { IncomingHttpHeaders } from "node:http";
import forwardedParse from "forwarded-parse";
import { readAddress } from "./addressText.ts";

export type Scheme = "http" | "https";

/** What one proxy says of whoever connected to it. */
export interface Hop {
  /** `null` when it is hidden or malformed. */
  readonly address: string | null;
  readonly scheme: Scheme | null;
  /** As the client wrote it; `null` when it is not said or malformed. */
  readonly host: string | null;
  /** For a host that is written without one; `null` when it is not said or malformed. */
  readonly port: string | null;
}

/** Chains are two or three long; what is further away is not looked at. */
const MOST_HOPS = 32;
/** A longer header is not looked at. */
const LONGEST_HEADER = 4_096;
const LONGEST_HOST = 255;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const schemes: Readonly<Record<string, Scheme>> = { http: "http", https: "https", ws: "http", wss: "https" };

/** The hops of `Forwarded`; `null` when there is no such header. One that is malformed says nothing. */
export function forwardedHops({ forwarded }: IncomingHttpHeaders): readonly Hop[] | null {
  if (forwarded === undefined) return null;
  if (forwarded.length > LONGEST_HEADER) return [];
  try {
    return nearestFirst(forwardedParse(forwarded)).map(({ for: address = "", proto, host }) => ({
      address: readAddress(address),
      scheme: readScheme(proto),
      host: readHost(host),
      port: null,
    }));
  } catch {
    return [];
  }
}

/** The hops of `X-Forwarded-*`; `null` when there is no such header. A proxy that does not add to a list but replaces it spoke for all. */
export function xForwardedHops(headers: IncomingHttpHeaders): readonly Hop[] | null {
  const [addresses, protos, hosts, ports] = ["for", "proto", "host", "port"].map((name) =>
    listed(headers[`x-forwarded-${name}`]),
  );
  const lists = [addresses, protos, hosts, ports];
  if (lists.every((list) => list === undefined)) return null;
  const length = Math.min(MOST_HOPS, Math.max(1, addresses?.length ?? 1));
  return Array.from({ length }, (_, at) => ({
    address: readAddress(addresses?.[at] ?? ""),
    scheme: readScheme(spokenAt(protos, at)),
    host: readHost(spokenAt(hosts, at)),
    port: readPort(spokenAt(ports, at)),
  }));
}

function listed(header: string | string[] | undefined): readonly string[] | undefined {
  if (header === undefined) return undefined;
  const text = header.toString();
  return text.length > LONGEST_HEADER ? [] : nearestFirst(text.split(","));
}

function nearestFirst<T>(list: readonly T[]): readonly T[] {
  return list.slice(-MOST_HOPS).reverse();
}

function spokenAt(list: readonly string[] | undefined, at: number): string | undefined {
  return list?.[at] ?? list?.at(-1);
}

function readScheme(text = ""): Scheme | null {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(schemes, word) ? (schemes[word] ?? null) : null;
}

function readHost(text = ""): string | null {
  const host = text.trim();
  return host.length <= LONGEST_HOST && HOST.test(host) ? host : null;
}

function readPort(text = ""): string | null {
  const port = text.trim();
  return /^\d{1,5}$/.test(port) ? port : null;
}
