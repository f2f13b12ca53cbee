/**
 * The tRPC dialect, and the only file that knows how tRPC's WebSocket adapter works. The adapter's connection handler costs
 * several kilobytes of closures, and a subscription 10 KB more; both for as long as the socket lives. So the handler runs
 * on a small emitter made for one call and dropped once that is answered, and the one subscription that every session has,
 * `session.events`, is answered here.
 */
import type { IncomingMessage } from "node:http";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { WebSocket, WebSocketServer } from "ws";
import type { CookieIdentity } from "../auth/cookieSigner.ts";
import type { Context } from "../routers/context.ts";
import { appRouter } from "../routers/index.ts";
import type { Services } from "../services.ts";
import type { EncodedPush } from "./pushSocket.ts";
import type { ServerSocket } from "./serverSocket.ts";
import { type CallOwner, decodeCarried, TrpcCall } from "./trpcCall.ts";
import { type CallId, parseTrpcFrame, type TrpcMessage } from "./trpcFrames.ts";
import { WsLink } from "./wsLink.ts";

const EVENTS = "session.events";
/** Subscriptions besides `session.events` that one client may have. */
const MAX_SUBSCRIPTIONS = 8;
/** Events kept for a client that has not subscribed yet. */
const MAX_WAITING = 32;
/** Stands in for the upgrade request, which would otherwise stay in memory; the adapter reads only its URL. */
const request = { url: "/trpc", headers: { host: "localhost" } } as unknown as IncomingMessage;

export type TrpcLinkFactory = (ws: ServerSocket, identity: CookieIdentity | null) => TrpcLink;

/** Makes links that serve the router with these services. */
export function trpcLinks(services: Services): TrpcLinkFactory {
  const handler = getWSConnectionHandler({
    router: appRouter,
    // Never used by the connection handler, only by `applyWSSHandler`.
    wss: undefined as unknown as WebSocketServer,
    createContext: ({ res }): Context => (res as unknown as TrpcCall).link.context(),
    // Messages stay objects up to `TrpcCall.send`, which looks at them before they become text.
    experimental_encoder: { encode: (message) => message as string, decode: decodeCarried },
    onError({ error, path, ctx }) {
      if (error.code === "INTERNAL_SERVER_ERROR")
        services.log.error(`${path ?? "A call"} failed`, { error: error.cause ?? error });
      // A hello of the wrong shape ends the connection, once the client has been told what is wrong with it.
      if (path === "session.open" && error.code === "BAD_REQUEST" && ctx?.session === null) {
        setImmediate(() => ctx.link?.connection?.violated(`bad hello: ${error.message.slice(0, 200)}`));
      }
    },
  });
  const serve = (call: TrpcCall) => handler(call as unknown as WebSocket, request);
  return (ws, identity) => new TrpcLink(ws, { services, identity, serve });
}

interface TrpcLinkOptions {
  readonly services: Services;
  readonly identity: CookieIdentity | null;
  readonly serve: (call: TrpcCall) => void;
}

export class TrpcLink extends WsLink implements CallOwner {
  readonly #options: TrpcLinkOptions;
  /** Id of the `session.events` subscription, as it stands in a frame. */
  #eventsId: string | null = null;
  #waiting: EncodedPush[] | null = null;
  /** Subscriptions other than `session.events`. */
  #subscriptions: Map<CallId, TrpcCall> | null = null;

  constructor(ws: ServerSocket, options: TrpcLinkOptions) {
    super(ws);
    this.#options = options;
  }

  context(): Context {
    const { services, identity } = this.#options;
    return {
      services,
      link: this,
      session: this.connection?.session ?? null,
      signIn: services.auth.signInOf(identity),
    };
  }

  override get isIdle(): boolean {
    return this.#eventsId !== null && super.isIdle;
  }

  heartbeat(): void {
    this.sendBare("PING");
  }

  push(encoded: EncodedPush): void {
    if (this.#eventsId === null) {
      this.#waiting ??= [];
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(encoded);
      return;
    }
    this.send(`{"id":${this.#eventsId},"result":{"type":"data","data":${encoded.json}}}`);
  }

  override closing(code: number, reason: string): void {
    super.closing(code, reason);
    for (const call of this.#subscriptions?.values() ?? []) call.stop();
    this.#subscriptions = null;
    this.#waiting = null;
  }

  answer(call: TrpcCall, message: TRPCResponseMessage): void {
    this.send(JSON.stringify(message));
    if (!call.isSubscription) this.endCall();
    else if ("error" in message || ("result" in message && message.result.type === "stopped")) {
      this.#subscriptions?.delete(call.id);
    }
  }

  protected received(data: Buffer, isBinary: boolean) {
    if (isBinary) return this.violated("binary frames are not part of this protocol");
    const frame = parseTrpcFrame(data.toString());
    switch (frame.kind) {
      case "pong":
        return;
      case "ping":
        return this.sendBare("PONG");
      case "junk":
        return this.violated(frame.detail);
      case "messages":
        for (const message of frame.messages) this.#take(message);
    }
  }

  protected failedToTake(error: unknown): void {
    this.#options.services.log.error("A frame on the tRPC socket could not be taken", { error });
    const data = { code: "INTERNAL_SERVER_ERROR", httpStatus: 500 };
    this.send(JSON.stringify({ id: null, error: { code: -32603, message: "the server failed to take this frame", data } }));
  }

  protected explain(): void {
    // tRPC has no words for it; the close code and its reason say it.
  }

  #take(message: TrpcMessage) {
    const { id } = message;
    if (message.method === "subscription.stop") return this.#stop(id);
    if (message.method === "subscription" && message.params.path === EVENTS) return this.#subscribeEvents(id);
    const call = new TrpcCall(this, id, message.method === "subscription");
    if (!(call.isSubscription ? this.#beginSubscription(call) : this.beginCall())) return this.#tooMany(id);
    this.#options.serve(call);
    call.deliver(message);
  }

  #beginSubscription(call: TrpcCall): boolean {
    this.#subscriptions ??= new Map();
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS || this.#subscriptions.has(call.id)) return false;
    this.#subscriptions.set(call.id, call);
    return true;
  }

  #subscribeEvents(id: CallId): void {
    if (this.#eventsId !== null && this.#eventsId !== JSON.stringify(id)) this.#stopEvents();
    this.#eventsId = JSON.stringify(id);
    this.sendBare(`{"id":${this.#eventsId},"result":{"type":"started"}}`);
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const encoded of waiting ?? []) this.push(encoded);
  }

  #stop(id: CallId): void {
    if (this.#eventsId === JSON.stringify(id)) this.#stopEvents();
    else this.#subscriptions?.get(id)?.deliver({ id, method: "subscription.stop" });
  }

  #stopEvents(): void {
    this.sendBare(`{"id":${this.#eventsId},"result":{"type":"stopped"}}`);
    this.#eventsId = null;
  }

  #tooMany(id: CallId): void {
    const data = { code: "TOO_MANY_REQUESTS", httpStatus: 429 };
    const error = { code: -32029, message: "too many calls are under way on this connection", data };
    this.send(JSON.stringify({ id, error }));
  }
}
