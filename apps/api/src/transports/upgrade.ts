/** Takes in WebSockets: `/trpc` speaks tRPC, `/ws/:sessionId` JSON. Other paths are refused with a status and a log line. */
import type { IncomingMessage, Server } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { isSessionId } from "@lastbeat/core";
import { WebSocketServer } from "ws";
import type { ConnectionLimit } from "../connectionLimit.ts";
import type { RequestOrigin } from "../proxies/trustedProxies.ts";
import type { Services } from "../services.ts";
import { belowBasePath } from "../web/basePath.ts";
import { JsonLink } from "./jsonSocket.ts";
import { originAllowed } from "./origin.ts";
import { peerOf } from "./peer.ts";
import { answerAsPlain, offersWebSocket } from "./plainAgain.ts";
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

/** How long a peer has to answer a close frame. */
const CLOSE_TIMEOUT_MS = 2_000;

type Route = { readonly transport: "trpc" } | { readonly transport: "json"; readonly sessionId?: string };
type Refusal = { readonly status: 400 | 403 | 404 | 503; readonly cause: string };

/** Where a path leads. */
export function upgradeRoute(url: string | undefined): Route | Refusal {
  const path = (url ?? "").split("?", 1)[0] ?? "";
  if (path === "/trpc") return { transport: "trpc" };
  const [, id] = /^\/ws\/([^/]*)$/.exec(path) ?? [];
  if (id === undefined) return { status: 404, cause: "there is no WebSocket at this path" };
  if (id === "new") return { transport: "json" };
  if (isSessionId(id)) return { transport: "json", sessionId: id };
  return { status: 400, cause: "this is no session id; ask for /ws/new" };
}

/** Starts answering upgrade requests. @returns a function that stops it; sockets that are open stay open. */
export function acceptUpgrades(
  server: Server,
  { services, connectionLimit, maxFrameBytes, allowedOrigins }: UpgradeOptions,
): () => void {
  const { proxies, basePath } = services;
  const refusals = new RefusalLog(services.log);
  const sockets = socketServer(maxFrameBytes);
  const trpcLink = trpcLinks(services);

  const refuse = (request: IncomingMessage, stream: Duplex, { status, cause }: { status: number; cause: string }) => {
    const { url, headers } = request;
    const { address, host } = proxies.originOf(request);
    refusals.write(`Refused a WebSocket (${status}): ${cause}`, {
      path: url?.slice(0, 200),
      address,
      host: host?.slice(0, 200),
      origin: headers.origin?.slice(0, 200),
    });
    refuseStream(stream, status, cause);
  };

  /** Why there is no WebSocket for this request. */
  const refusalOf = (request: IncomingMessage, from: RequestOrigin): Refusal | null => {
    const malformed = malformedHead(request);
    if (malformed !== null) return { status: 400, cause: malformed };
    if (connectionLimit.isRefused(request.socket)) return { status: 503, cause: "the server has no room for more now" };
    if (originAllowed(request.headers.origin, from, allowedOrigins)) return null;
    return { status: 403, cause: "pages of this origin may not connect" };
  };

  const takeIn = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const route = upgradeRoute(belowBasePath(request.url ?? "", basePath));
    if ("status" in route) return refuse(request, stream, route);
    const from = proxies.originOf(request);
    const refusal = refusalOf(request, from);
    if (refusal !== null) return refuse(request, stream, refusal);
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
        refusals.write("Refused a WebSocket: no connection can be taken now", { address: from.address });
    });
  };

  const onUpgrade = (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    try {
      if (offersWebSocket(request)) takeIn(request, stream, head);
      else answerAsPlain(server, { request, stream, head });
    } catch (error) {
      // An event of the server has no other owner: the failure costs this connection and nothing else.
      services.log.error("A WebSocket could not be taken in", { error });
      stream.destroy();
    }
  };

  sockets.on("wsClientError", (error, stream, request) => refuse(request, stream, { status: 400, cause: error.message }));
  server.on("upgrade", onUpgrade);
  return () => {
    server.off("upgrade", onUpgrade);
    refusals.flush();
  };
}

function socketServer(maxFrameBytes: number) {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // The driver answers pings: `ws` would cut, without a word, a client whose pings piled up while the server stood still.
    autoPong: false,
    maxPayload: maxFrameBytes,
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
