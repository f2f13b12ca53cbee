/**
 * A socket for `lastbeat doctor --url` (rule RUN2). It says how the request arrived, and is then silent, so that the caller sees when a
 * proxy cuts a silent connection. It is no session, and is for callers with the right `sessions:read`.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { failure } from "../contract/errors.ts";
import { plainAddress } from "../proxies/addressText.ts";
import type { RequestOrigin } from "../proxies/trustedProxies.ts";
import { callerOf, forwardingHeaders } from "../rest/access.ts";
import type { Services } from "../services.ts";

const MAX_OPEN = 4;
const LONGEST_MS = 3_600_000;

/** What the server saw of a request. */
export interface ProbeView {
  readonly type: "probe";
  /** The address that connected: the proxy's, if there is one. */
  readonly peer: string;
  /** Whether that is a trusted proxy. */
  readonly trusted: boolean;
  /** The client's address as the server takes it to be. */
  readonly address: string;
  readonly host: string | null;
  /** `null` if no trusted proxy reported it. */
  readonly scheme: string | null;
  /** The names of the headers by which proxies tell these. */
  readonly forwarded: readonly string[];
}

export class ProbeSockets {
  readonly #services: Services;
  readonly #server = new WebSocketServer({ noServer: true, clientTracking: true, perMessageDeflate: false, maxPayload: 1_024 });

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws {LastbeatError} for callers who may not do this, and when too many do. */
  accept(request: IncomingMessage, { stream, head, from }: { stream: Duplex; head: Buffer; from: RequestOrigin }): void {
    if (!callerOf(request, this.#services).rights.has("sessions:read")) throw failure("forbidden", "this needs sessions:read");
    if (this.#server.clients.size >= MAX_OPEN) throw failure("unavailable", `at most ${MAX_OPEN} probes at once`);
    this.#server.handleUpgrade(request, stream, head, (ws) => begin(ws, this.#viewOf(request, from)));
  }

  #viewOf({ socket, headers }: IncomingMessage, { address, host, scheme }: RequestOrigin): ProbeView {
    const peer = plainAddress(socket.remoteAddress ?? "");
    const trusted = this.#services.proxies.trusts(peer);
    const forwarded = forwardingHeaders.filter((name) => headers[name] !== undefined);
    return { type: "probe", peer, trusted, address, host: host ?? null, scheme, forwarded };
  }

  close(): void {
    for (const ws of this.#server.clients) ws.terminate();
  }
}

function begin(ws: WebSocket, view: ProbeView): void {
  ws.on("error", () => ws.terminate());
  const limit = setTimeout(() => ws.terminate(), LONGEST_MS).unref();
  ws.on("close", () => clearTimeout(limit));
  ws.send(JSON.stringify(view));
}
