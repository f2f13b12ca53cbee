/**
 * A router as links serve it, and the only file that runs tRPC's WebSocket adapter. The adapter's connection handler costs several
 * kilobytes of closures for as long as its socket lives. So it runs on an exchange, a small emitter that is made for one frame and
 * dropped once that is answered.
 */
import type { IncomingMessage } from "node:http";
import type { AnyTRPCRouter } from "@trpc/server";
import { type Encoder, getWSConnectionHandler, jsonEncoder } from "@trpc/server/adapters/ws";
import type { BaseHandlerOptions } from "@trpc/server/http";
import type { WebSocket, WebSocketServer } from "ws";
import { decodeCarried, type Exchange, type ExchangeOwner } from "./exchange.ts";
import type { IdLength } from "./messages.ts";

/** What one connection may do. */
export interface TrpcLimits {
  /** Queries and mutations under way at the same time. */
  readonly calls: number;
  /** Subscriptions, apart from those to the events, of which there may be as many. */
  readonly subscriptions: number;
  /** Events kept for a client that has not subscribed to them yet. */
  readonly waitingEvents: number;
  /** Frames that could not be read; one more ends the session as `protocol_error`. */
  readonly malformedPerMinute: number;
  /** Characters of an id that is a string. */
  readonly idLength: IdLength;
}

type OnError = NonNullable<BaseHandlerOptions<AnyTRPCRouter, IncomingMessage>["onError"]>;
/** What `onError` is told, without the request. */
export type ErrorInfo = Omit<Parameters<OnError>[0], "req">;

export interface TrpcServiceOptions {
  readonly router: AnyTRPCRouter;
  readonly limits: TrpcLimits;
  /** The subscription that links answer themselves, with what is pushed to them; `null` for none. */
  readonly eventsPath: string | null;
  /** Default: JSON. */
  readonly encoder?: Encoder | undefined;
  readonly maxBatchSize?: number | undefined;
  /** Default: tRPC's adapter reports to the console what it cannot tell the client. */
  readonly onError?: ((info: ErrorInfo, exchange: Exchange) => unknown) | undefined;
}

export interface TrpcService {
  readonly router: AnyTRPCRouter;
  readonly limits: TrpcLimits;
  readonly eventsPath: string | null;
  readonly encoder: Encoder;
  /** Whether messages are encoded as plain JSON, so that JSON made elsewhere can be sent as it is. */
  readonly isJson: boolean;
  readonly maxBatchSize: number;
  /** Puts tRPC's handler on an exchange, which then takes frames. */
  serve(exchange: Exchange): void;
}

export function createTrpcService(options: TrpcServiceOptions): TrpcService {
  const { router, limits, eventsPath, onError, encoder = jsonEncoder, maxBatchSize = Number.POSITIVE_INFINITY } = options;
  const handler = getWSConnectionHandler({
    router,
    // Never used by the connection handler, only by `applyWSSHandler`.
    wss: undefined as unknown as WebSocketServer,
    maxBatchSize: options.maxBatchSize,
    createContext: ({ res }: { readonly res: unknown }) => (res as { readonly owner: ExchangeOwner }).owner.context(),
    // Messages stay objects up to the link, which looks at them before they are encoded.
    experimental_encoder: { encode: (message) => message as string, decode: decodeCarried },
    ...(onError === undefined
      ? {}
      : { onError: ({ req, ...info }: Parameters<OnError>[0]) => onError(info, req as unknown as Exchange) }),
  });
  return {
    router,
    limits,
    eventsPath,
    encoder,
    maxBatchSize,
    isJson: encoder === jsonEncoder || encoder.encode === JSON.stringify,
    serve: (exchange) => handler(exchange as unknown as WebSocket, exchange as unknown as IncomingMessage),
  };
}
