/** The HTTP server with its limits in time: who sends slowly, or reads nothing, does not keep a connection (rule WEB1). */
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { inTurn } from "./transports/inTurn.ts";

export interface HttpLimits {
  /** From the connection, or the first byte of a request, to the end of its head. Includes connections that send nothing at all. */
  readonly headerTimeoutMs: number;
  /** From the first byte of a request to the last of its body. */
  readonly requestTimeoutMs: number;
  /** Without a byte in either direction while a response is being sent. */
  readonly stallTimeoutMs: number;
}

/** How often Node looks for connections that are late. */
const CHECK_EVERY_MS = 1_000;

export interface HttpServerParts {
  readonly limits: HttpLimits;
  readonly handle: RequestListener;
  /** Called when a connection is cut because too many requests wait on it. */
  readonly onFlood: (request: IncomingMessage) => void;
}

export function createHttpServer({ limits, handle, onFlood }: HttpServerParts): Server {
  const options = {
    headersTimeout: limits.headerTimeoutMs,
    requestTimeout: Math.max(limits.headerTimeoutMs, limits.requestTimeoutMs),
    connectionsCheckingInterval: CHECK_EVERY_MS,
  };
  const server = createServer(options, inTurn(handle, onFlood));
  // `ws` turns this off for its sockets.
  server.setTimeout(limits.stallTimeoutMs);
  return server;
}
