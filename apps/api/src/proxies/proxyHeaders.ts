/**
 * Parses the headers that proxies add to a request, nearest proxy first: `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Proto`, `-Host` and
 * `-Port`. A client can send them too, and its proxy appends to them, so entries are counted from the right.
 */
import type { IncomingHttpHeaders } from "node:http";
import forwardedParse from "forwarded-parse";
import { readAddress } from "./addressText.ts";

export type Scheme = "http" | "https";

/** What one proxy reports about its peer. */
export interface Hop {
  /** `null` if hidden or malformed. */
  readonly address: string | null;
  readonly scheme: Scheme | null;
  /** As sent by the client; `null` if absent or malformed. */
  readonly host: string | null;
  /** For a host written without a port; `null` if absent or malformed. */
  readonly port: string | null;
}

/** Real chains have two or three hops. Hops further away are ignored. */
const MAX_HOPS = 32;
/** A longer header is ignored. */
const MAX_HEADER_LENGTH = 4_096;
const MAX_HOST_LENGTH = 255;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const schemes: Readonly<Record<string, Scheme>> = { http: "http", https: "https", ws: "http", wss: "https" };

/** The hops in `Forwarded`; `null` without such a header. A malformed header yields no hops. */
export function forwardedHops({ forwarded }: IncomingHttpHeaders): readonly Hop[] | null {
  if (forwarded === undefined) return null;
  if (forwarded.length > MAX_HEADER_LENGTH) return [];
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

/** The hops in `X-Forwarded-*`; `null` without such headers. A list shorter than the chain was replaced by a proxy and applies to all hops. */
export function xForwardedHops(headers: IncomingHttpHeaders): readonly Hop[] | null {
  const [addresses, protos, hosts, ports] = ["for", "proto", "host", "port"].map((name) =>
    listed(headers[`x-forwarded-${name}`]),
  );
  const lists = [addresses, protos, hosts, ports];
  if (lists.every((list) => list === undefined)) return null;
  const length = Math.min(MAX_HOPS, Math.max(1, addresses?.length ?? 1));
  return Array.from({ length }, (_, at) => ({
    address: readAddress(addresses?.[at] ?? ""),
    scheme: readScheme(valueAt(protos, at)),
    host: readHost(valueAt(hosts, at)),
    port: readPort(valueAt(ports, at)),
  }));
}

function listed(header: string | string[] | undefined): readonly string[] | undefined {
  if (header === undefined) return undefined;
  const text = header.toString();
  return text.length > MAX_HEADER_LENGTH ? [] : nearestFirst(text.split(","));
}

function nearestFirst<T>(list: readonly T[]): readonly T[] {
  return list.slice(-MAX_HOPS).reverse();
}

function valueAt(list: readonly string[] | undefined, at: number): string | undefined {
  return list?.[at] ?? list?.at(-1);
}

function readScheme(text = ""): Scheme | null {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(schemes, word) ? (schemes[word] ?? null) : null;
}

function readHost(text = ""): string | null {
  const host = text.trim();
  // The pattern alone lets through what no address can have, such as port 99999: it would throw wherever a URL is made of it.
  return host.length <= MAX_HOST_LENGTH && HOST.test(host) && URL.canParse(`http://${host}/`) ? host : null;
}

function readPort(text = ""): string | null {
  const port = text.trim();
  return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 ? port : null;
}
