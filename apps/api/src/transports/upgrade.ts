/** Accepts WebSockets: tRPC at `/trpc`, JSON at `/ws/:sessionId`. Other paths are refused with a status and a log line. */
import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { isSessionId } from "@lastbeat/core";
import { WebSocketServer } from "ws";
import type { ConnectionLimit } from "../connectionLimit.ts";
import { errorTable, toClientError } from "../contract/errors.ts";
import type { RequestOrigin } from "../proxies/trustedProxies.ts";
import type { Services } from "../services.ts";
import { belowBasePath } from "../web/basePath.ts";
import { declineUpgrade, offersWebSocket } from "./declineUpgrade.ts";
import { JsonLink } from "./jsonSocket.ts";
import { originAllowed } from "./origin.ts";
import { peerOf } from "./peer.ts";
import { ProbeSockets } from "./probeSocket.ts";
import { RefusalLog } from "./refusalLog.ts";
import { malformedHead } from "./requestHead.ts";
import { ServerSocket } from "./serverSocket.ts";
import { type TrpcLink, trpcLinks } from "./trpcSocket.ts";

export interface UpgradeOptions {
  readonly services: Services;
  readonly connectionLimit: ConnectionLimit;
  readonly maxFrameBytes: number;
  readonly allowedOrigins: readonly string[];
}

/** Time a peer has to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Fragments of one message. Each costs memory, however short it is, until the message is whole (rule SOC7). */
const MAX_FRAGMENTS = 256;
/** Pieces in which the bytes of one frame may come over TCP. */
const MAX_PIECES = 1_024;

type Route = { readonly transport: "trpc" | "probe" } | { readonly transport: "json"; readonly sessionId?: string };
type UpgradeRefusal = { readonly status: number; readonly cause: string };

/** Routes a path to a transport. */
export function upgradeRoute(url: string | undefined): Route | UpgradeRefusal {
  const path = (url ?? "").split("?", 1)[0] ?? "";
  if (path === "/trpc") return { transport: "trpc" };
  const [, id] = /^\/ws\/([^/]*)$/.exec(path) ?? [];
  if (id === undefined) return { status: 404, cause: "there is no WebSocket at this path" };
  if (id === "new") return { transport: "json" };
  if (id === "probe") return { transport: "probe" };
  if (isSessionId(id)) return { transport: "json", sessionId: id };
  return { status: 400, cause: "this is not a session id; use /ws/new" };
}

/** Starts accepting upgrade requests. @returns a function that stops it. Open sockets stay open. */
export function acceptUpgrades(
  server: Server,
  { services, connectionLimit, maxFrameBytes, allowedOrigins }: UpgradeOptions,
): () => void {
  const { proxies, basePath } = services;
  const refusals = new RefusalLog(services.log);
  const sockets = socketServer(maxFrameBytes);
  const probes = new ProbeSockets(services);
  const trpcLink = trpcLinks(services);

  const refuse = (request: IncomingMessage, stream: Duplex, { status, cause }: { status: number; cause: string }) => {
    const { url, headers } = request;
    const { address, host } = proxies.originOf(request);
    refusals.write(`Refused a WebSocket (${status}): ${cause}`, {
      // Without the query, which may hold a token (rule WEB7).
      path: url?.split("?", 1)[0]?.slice(0, 200),
      address,
      host: host?.slice(0, 200),
      origin: headers.origin?.slice(0, 200),
    });
    refuseStream(stream, status, cause);
  };

  /** Why this request is refused, or `null`. */
  const refusalOf = (request: IncomingMessage, from: RequestOrigin): UpgradeRefusal | null => {
    const malformed = malformedHead(request);
    if (malformed !== null) return { status: 400, cause: malformed };
    if (services.readiness.isStopping) return { status: 503, cause: "the server is stopping" };
    if (connectionLimit.isRefused(request.socket)) return { status: 503, cause: "the server has reached its connection limit" };
    if (originAllowed(request.headers.origin, from, allowedOrigins)) return null;
    return { status: 403, cause: "pages of this origin may not connect" };
  };

  const probe = (request: IncomingMessage, at: { stream: Duplex; head: Buffer; from: RequestOrigin }) => {
    try {
      probes.accept(request, at);
    } catch (thrown) {
      const { code, message } = toClientError(thrown, "rest");
      refuse(request, at.stream, { status: errorTable[code].rest, cause: message });
    }
  };

  const accept = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const route = upgradeRoute(belowBasePath(request.url ?? "", basePath));
    if ("status" in route) return refuse(request, stream, route);
    const from = proxies.originOf(request);
    const refusal = refusalOf(request, from);
    if (refusal !== null) return refuse(request, stream, refusal);
    if (route.transport === "probe") return probe(request, { stream, head, from });
    sockets.handleUpgrade(request, stream, head, (ws) => {
      const link: JsonLink | TrpcLink =
        route.transport === "json" ? new JsonLink(ws, services) : trpcLink(ws, services.auth.identify(request.headers.cookie));
      ws.drive(link, stream);
      link.attach(
        services.keeper,
        peerOf(request, from.address, route.transport),
        "sessionId" in route ? route.sessionId : undefined,
      );
      if (link.connection === null)
        refusals.write("Refused a WebSocket: no connections are accepted now", { address: from.address });
    });
  };

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    try {
      if (offersWebSocket(request)) accept(request, stream, head);
      else declineUpgrade(server, { request, stream, head });
    } catch (error) {
      // Nothing else catches errors in this event handler. A failure must cost only this connection.
      services.log.error("Accepting a WebSocket failed", { error });
      stream.destroy();
    }
  };

  sockets.on("wsClientError", (error, stream, request) => refuse(request, stream, { status: 400, cause: error.message }));
  server.on("upgrade", onUpgrade);
  return () => {
    server.off("upgrade", onUpgrade);
    probes.close();
    refusals.flush();
  };
}

function socketServer(maxFrameBytes: number) {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // The driver answers pings. `ws` would silently cut a client whose pings piled up during a pause of the server.
    autoPong: false,
    maxPayload: maxFrameBytes,
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_PIECES,
    closeTimeout: CLOSE_TIMEOUT_MS,
    WebSocket: ServerSocket,
  };
  return new WebSocketServer(options);
}

function refuseStream(stream: Duplex, status: number, cause: string): void {
  const body = `${cause}\n`;
  stream.on("error", () => stream.destroy());
  stream.once("finish", () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
