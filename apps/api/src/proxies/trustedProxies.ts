/**
 * Determines a request's origin behind proxies: the nearest hop that is not in `server.trusted_proxies`. Headers from an untrusted peer
 * are ignored, and its own address is used.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { KeeperLog } from "@lastbeat/core";
import { SparseLog } from "../log/sparseLog.ts";
import { addressRules } from "./addressRules.ts";
import { plainAddress } from "./addressText.ts";
import { forwardedHops, type Hop, type Scheme, xForwardedHops } from "./proxyHeaders.ts";

/** The request's origin as its client sent it. */
export interface RequestOrigin {
  readonly address: string;
  /** `Host`, or the value reported by a trusted proxy. */
  readonly host: string | undefined;
  /** `null` if no trusted proxy reported it: an unknown proxy may terminate TLS. */
  readonly scheme: Scheme | null;
}

/** A trusted network may hold any number of proxies; the log names so many. */
const MAX_SILENT = 20;

export class TrustedProxies {
  readonly #trusts: (address: string) => boolean;
  readonly #log: Pick<KeeperLog, "warn">;
  readonly #configured: boolean;
  readonly #sparse: SparseLog;
  #hinted = false;
  /** Trusted proxies of which the log has said that they report no address. */
  readonly #silent = new Set<string>();

  /** @param rules addresses, networks and `loopback`, as in `server.trusted_proxies`. */
  constructor(rules: readonly string[], log: Pick<KeeperLog, "warn">) {
    this.#trusts = addressRules(rules);
    this.#configured = rules.length > 0;
    this.#log = log;
    this.#sparse = new SparseLog(log);
  }

  /** Whether an address is that of a trusted proxy. */
  trusts(address: string): boolean {
    return this.#trusts(address);
  }

  /** Whether the address of a TCP connection is a proxy's. */
  isProxy(address: string): boolean {
    return this.#configured && this.#trusts(plainAddress(address));
  }

  /** Never throws. Malformed headers of a trusted proxy count as absent. */
  originOf({ socket, headers }: IncomingMessage): RequestOrigin {
    const peer = plainAddress(socket.remoteAddress ?? "unknown");
    const direct = { address: peer, host: headers.host, scheme: null };
    if (!this.#configured || !this.#trusts(peer)) {
      this.#hint(peer, headers);
      return direct;
    }
    const reports = [forwardedHops(headers), xForwardedHops(headers)].flatMap((hops) =>
      hops === null ? [] : [this.#outermostReport(peer, hops)],
    );
    const addresses = new Set(reports.flatMap(({ address }) => address ?? []));
    if (addresses.size > 1) {
      // A proxy that sets one kind of header forwards the client's other kind unchanged, and there is no telling which is which.
      this.#sparse.warn(
        "disagree",
        `The proxy ${peer} sent Forwarded and X-Forwarded-For headers that disagree: neither is trusted`,
      );
      return direct;
    }
    if (addresses.size === 0) this.#noteSilent(peer, headers);
    const [address = peer] = addresses;
    const reported = <K extends "host" | "scheme" | "port">(what: K) =>
      reports.map((hop) => hop[what]).find((value) => value !== null);
    return {
      address,
      host: withPort(reported("host") ?? headers.host, reported("port") ?? null),
      scheme: reported("scheme") ?? null,
    };
  }

  /** The report of the outermost trusted proxy. If the address it reports is hidden or malformed, that proxy's own address is used. */
  #outermostReport(peer: string, hops: readonly Hop[]): Hop {
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

  /**
   * Warns once per proxy, because all its clients then share one address and its limits. Only upgrades count: they come from users, while
   * probes and scrapers on a trusted machine ask over plain HTTP and rightly report nobody.
   */
  #noteSilent(peer: string, headers: IncomingHttpHeaders): void {
    if (headers.upgrade === undefined || this.#silent.has(peer) || this.#silent.size >= MAX_SILENT) return;
    this.#silent.add(peer);
    this.#log.warn(
      `The trusted proxy ${peer} does not say whose connection it passes on: all of its clients count as one address`,
    );
  }

  /** Warns once, so that an operator who forgot to configure a proxy learns why all clients share its address. */
  #hint(peer: string, headers: IncomingHttpHeaders): void {
    if (this.#hinted || (headers["x-forwarded-for"] ?? headers.forwarded) === undefined) return;
    this.#hinted = true;
    this.#log.warn(`Proxy headers from ${peer} are ignored: it is not in server.trusted_proxies`);
  }
}

/** Adds the port, which proxies often strip from the host (nginx's `$host`) and send in a separate header. */
function withPort(host: string | undefined, port: string | null): string | undefined {
  const hasPort = host === undefined || /:\d+$/.test(host.replace(/^\[.*\]/, ""));
  return port === null || hasPort ? host : `${host}:${port}`;
}
