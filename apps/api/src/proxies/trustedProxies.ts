/**
 * Where a request comes from when proxies stand in front: from the nearest hop that is none of `server.trusted_proxies`. A peer that is
 * none of them is believed nothing: its address is its own, whatever its headers say.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { KeeperLog } from "@lastbeat/core";
import { SparseLog } from "../log/sparseLog.ts";
import { addressRules } from "./addressRules.ts";
import { plainAddress } from "./addressText.ts";
import { forwardedHops, type Hop, type Scheme, xForwardedHops } from "./proxyHeaders.ts";

/** How a request looked where its client sent it. */
export interface RequestOrigin {
  readonly address: string;
  /** `Host`, or what a trusted proxy says it was. */
  readonly host: string | undefined;
  /** `null` when nobody who is trusted said so: a proxy of which nothing is known may do TLS. */
  readonly scheme: Scheme | null;
}

export class TrustedProxies {
  readonly #trusts: (address: string) => boolean;
  readonly #log: Pick<KeeperLog, "warn">;
  readonly #configured: boolean;
  readonly #sparse: SparseLog;
  #hinted = false;

  /** @param rules addresses, networks and `loopback`, as `server.trusted_proxies` has them. */
  constructor(rules: readonly string[], log: Pick<KeeperLog, "warn">) {
    this.#trusts = addressRules(rules);
    this.#configured = rules.length > 0;
    this.#log = log;
    this.#sparse = new SparseLog(log);
  }

  /** Never throws; what a trusted proxy writes that cannot be read counts as not said. */
  originOf({ socket, headers }: IncomingMessage): RequestOrigin {
    const peer = plainAddress(socket.remoteAddress ?? "unknown");
    const direct = { address: peer, host: headers.host, scheme: null };
    if (!this.#configured || !this.#trusts(peer)) {
      this.#hint(peer, headers);
      return direct;
    }
    const told = [forwardedHops(headers), xForwardedHops(headers)].flatMap((hops) =>
      hops === null ? [] : [this.#told(peer, hops)],
    );
    const addresses = new Set(told.flatMap(({ address }) => address ?? []));
    if (addresses.size > 1) {
      // A proxy that writes one kind of header passes the other on as its client wrote it, and which is whose cannot be told.
      this.#sparse.warn(
        "disagree",
        `The proxy ${peer} passes on Forwarded and X-Forwarded-For that disagree: neither is believed`,
      );
      return direct;
    }
    const [address = peer] = addresses;
    const said = <K extends "host" | "scheme" | "port">(what: K) => told.map((hop) => hop[what]).find((value) => value !== null);
    return { address, host: withPort(said("host") ?? headers.host, said("port") ?? null), scheme: said("scheme") ?? null };
  }

  /** What the last trusted proxy on the way out says of its peer. When that is hidden or malformed, the proxy itself is the last that is known. */
  #told(peer: string, hops: readonly Hop[]): Hop {
    let at = 0;
    let address: string | null = null;
    while (at < hops.length && this.#trusts(address ?? peer)) {
      const next = hops[at]?.address ?? null;
      if (next === null) break;
      address = next;
      at += 1;
    }
    return { host: null, scheme: null, port: null, ...hops[Math.max(0, at - 1)], address };
  }

  /** Once: whoever set up a proxy and forgot the server finds out why everybody has its address. */
  #hint(peer: string, headers: IncomingHttpHeaders): void {
    if (this.#hinted || (headers["x-forwarded-for"] ?? headers.forwarded) === undefined) return;
    this.#hinted = true;
    this.#log.warn(`A proxy's headers from ${peer} are not believed: server.trusted_proxies does not name it`);
  }
}

/** Proxies often pass the host on without its port (nginx's `$host`) and write that into a header of its own. */
function withPort(host: string | undefined, port: string | null): string | undefined {
  const hasPort = host === undefined || /:\d+$/.test(host.replace(/^\[.*\]/, ""));
  return port === null || hasPort ? host : `${host}:${port}`;
}
