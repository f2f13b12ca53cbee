/** tRPC's `applyWSSHandler` with a session behind each connection (rule EMB4). */
import type { IncomingMessage } from "node:http";
import { clientName, createSessionKeeper, type Hello, type Peer, type Session, type SessionKeeper } from "@lastbeat/core";
import type { AnyTRPCRouter, CreateContextCallback, inferRouterContext } from "@trpc/server";
import { type Encoder, jsonEncoder } from "@trpc/server/adapters/ws";
import type { BaseHandlerOptions } from "@trpc/server/http";
import type { WebSocket, WebSocketServer } from "ws";
import type { HelloOptions, KeptContextOptions } from "./connectionInfo.ts";
import { helloFromParams } from "./helloFromParams.ts";
import { type Host, KeptConnection } from "./keptConnection.ts";
import type { Call } from "./link/messages.ts";
import { createTrpcService, type TrpcLimits } from "./link/service.ts";
import { driverOf, ForeignSocket } from "./socket/foreignSocket.ts";

export const defaultLimits: TrpcLimits = {
  calls: 1_000,
  subscriptions: 1_000,
  waitingEvents: 32,
  malformedPerMinute: 100,
  idLength: { min: 0, max: 1_000 },
};

export type KeptContextFn<TRouter extends AnyTRPCRouter, Data> = (
  options: KeptContextOptions<Data>,
) => inferRouterContext<TRouter> | Promise<inferRouterContext<TRouter>>;

/** The options of tRPC's `applyWSSHandler`, and those of the sessions. */
export type KeptWSSHandlerOptions<TRouter extends AnyTRPCRouter, Data = unknown> = BaseHandlerOptions<TRouter, IncomingMessage> &
  CreateContextCallback<inferRouterContext<TRouter>, KeptContextFn<TRouter, Data>> & {
    readonly wss: WebSocketServer;
    /** Only connections whose URL starts with this are served. */
    readonly prefix?: string;
    /** Accepted and ignored: the keeper's heartbeats do this. */
    readonly keepAlive?: { readonly enabled: boolean; readonly pingMs?: number; readonly pongWaitMs?: number };
    readonly dangerouslyDisablePong?: boolean;
    readonly experimental_encoder?: Encoder;
    /** Default: one with its records in memory, which closes with `wss`. */
    readonly keeper?: SessionKeeper<Data>;
    /**
     * Who a client is; what it throws ends the connection and is told to the client. Default: the `name`, `room` and `resume` of its
     * `connectionParams`, and `anonymous` without a name.
     */
    readonly session?: (options: HelloOptions) => Hello<Data> | Promise<Hello<Data>>;
    /** Where a connection comes from. Default: the socket's address; behind a proxy that is the proxy's. */
    readonly peer?: (req: IncomingMessage) => Peer;
    /** Whether a call is something the user did, which moves the idle deadline. Default: every call is. */
    readonly isActivity?: (call: { readonly type: Call["method"]; readonly path: string }) => boolean;
    /** The path of a subscription that is answered with the welcome and the keeper's notices, whatever the router says of it. */
    readonly eventsPath?: string;
    readonly limits?: Partial<TrpcLimits>;
  };

export interface KeptWSSHandler<Data = unknown> {
  /** Asks every client to connect anew, as before a deployment. */
  broadcastReconnectNotification(): void;
  readonly keeper: SessionKeeper<Data>;
}

/** Serves a router on a `ws` server, as tRPC's own does. Every connection is a session of the keeper. */
export function applyWSSHandler<TRouter extends AnyTRPCRouter, Data = unknown>(
  options: KeptWSSHandlerOptions<TRouter, Data>,
): KeptWSSHandler<Data> {
  const { wss, prefix, peer = peerOf } = options;
  const keeper = options.keeper ?? ownKeeper<Data>(wss);
  const host = hostOf(options, keeper as SessionKeeper);
  wss.on("connection", (ws, req) => {
    if (prefix !== undefined && prefix !== "" && req.url?.startsWith(prefix) !== true) return;
    const socket = new ForeignSocket(ws);
    const connection = new KeptConnection(socket, host, { ws, req });
    socket.drive(connection, req.socket);
    connection.attach(host.keeper, peer(req));
    if (connection.connection !== null) connection.start();
  });
  const encoder = options.experimental_encoder ?? jsonEncoder;
  return {
    keeper,
    broadcastReconnectNotification() {
      const notification = encoder.encode({ id: null, method: "reconnect" });
      for (const client of wss.clients) if (client.readyState === client.OPEN) client.send(notification);
    },
  };
}

/** The session of a connection; `null` before it is open, and once it has ended. */
export function sessionOf<Data = unknown>(ws: WebSocket): Session<Data> | null {
  const driver = driverOf(ws);
  return driver instanceof KeptConnection ? ((driver.connection?.session ?? null) as Session<Data> | null) : null;
}

function hostOf<TRouter extends AnyTRPCRouter, Data>(options: KeptWSSHandlerOptions<TRouter, Data>, keeper: SessionKeeper): Host {
  const { router, onError, session, isActivity, maxBatchSize } = options;
  const service = createTrpcService({
    router,
    limits: { ...defaultLimits, ...options.limits },
    eventsPath: options.eventsPath ?? null,
    encoder: options.experimental_encoder,
    maxBatchSize,
    onError: onError && ((info, exchange) => (exchange.owner as KeptConnection).report(info, exchange)),
  });
  const createContext = options.createContext as ((of: HelloOptions) => unknown) | undefined;
  return {
    service,
    keeper,
    hello: (session as Host["hello"] | undefined) ?? (({ info }) => helloFromParams(info.connectionParams)),
    createContext: (of) => createContext?.(of),
    onError: onError as Host["onError"],
    isActivity: isActivity === undefined ? () => true : ({ method, params }) => isActivity({ type: method, path: params.path }),
    answersPing: options.dangerouslyDisablePong !== true,
  };
}

function ownKeeper<Data>(wss: WebSocketServer): SessionKeeper<Data> {
  const keeper = createSessionKeeper<Data>();
  wss.once("close", () => void keeper.close());
  return keeper;
}

function peerOf({ socket, headers }: IncomingMessage): Peer {
  return {
    address: socket.remoteAddress ?? "unknown",
    client: clientName(headers["user-agent"]),
    transport: "trpc",
  };
}
