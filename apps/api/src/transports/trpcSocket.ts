/**
 * The tRPC dialect, and the only file that knows how tRPC's WebSocket adapter works. The adapter's connection handler costs
 * several kilobytes of closures, and a subscription 10 KB more; both for as long as the socket lives. So the handler runs
 * on a small emitter made for one call and dropped once that is answered, and the one subscription that every session has,
 * `session.events`, is answered here.
 */
import type { IncomingMessage } from "node:http";
import type { Notice } from "@lastbeat/core";
import { getWSConnectionHandler } from "@trpc/server/adapters/ws";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { WebSocket, WebSocketServer } from "ws";
import type { CookieIdentity } from "../auth/cookieSigner.ts";
import { INTERNAL_MESSAGE } from "../contract/errors.ts";
import type { OpenInput } from "../contract/inputs.ts";
import { shown } from "../contract/validation.ts";
import { openSession } from "../openSession.ts";
import type { Context } from "../routers/context.ts";
import { appRouter } from "../routers/index.ts";
import type { Services } from "../services.ts";
import { type ConnectionParams, readConnectionParams } from "./connectionParams.ts";
import { MALFORMED_PER_MINUTE, MalformedFrames } from "./malformedFrames.ts";
import { type EncodedPush, encodePush } from "./pushSocket.ts";
import type { ServerSocket } from "./serverSocket.ts";
import { type CallOwner, decodeCarried, isHello, TrpcCall } from "./trpcCall.ts";
import { endingProblem, type TrpcProblem, toNobody, trpcErrorFrame } from "./trpcErrorFrame.ts";
import { type Call, type CallId, type Envelope, parseTrpcFrame, type TrpcMessage, type Unaddressed } from "./trpcFrames.ts";
import { WsLink } from "./wsLink.ts";

const EVENTS = "session.events";
const NO_EVENTS: readonly string[] = [];
/** Subscriptions to `session.events` that one client may have, and subscriptions to other things. */
export const MAX_SUBSCRIPTIONS = 8;
/** Events kept for a client that has not subscribed yet. */
export const MAX_WAITING = 32;
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
  /** The `session.events` subscriptions: what each of their frames begins with. */
  #events: readonly string[] = NO_EVENTS;
  #waiting: EncodedPush[] | null = null;
  /** Subscriptions other than `session.events`. */
  #subscriptions: Map<CallId, TrpcCall> | null = null;
  /** Settles when the hello under way is answered; what follows it waits for that. */
  #opening: PromiseWithResolvers<void> | null = null;
  #params: ConnectionParams | null = null;
  #malformed: MalformedFrames | null = null;

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
      connectionParams: this.#params,
      signIn: services.auth.signInOf(identity),
    };
  }

  override get isIdle(): boolean {
    return this.#events.length > 0 && super.isIdle;
  }

  heartbeat(): void {
    this.sendBare("PING");
  }

  /** What a client without a subscription must hear at once is told as an error that answers no message in particular. */
  override notify(notice: Notice): void {
    if (notice.type === "ending" && this.#events.length === 0) this.sendBare(trpcErrorFrame(toNobody, endingProblem(notice)));
    else super.notify(notice);
  }

  push(encoded: EncodedPush): void {
    if (this.#events.length === 0) {
      this.#waiting ??= [];
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(encoded);
      return;
    }
    for (const start of this.#events) this.send(`${start}"result":{"type":"data","data":${encoded.json}}}`);
  }

  override closing(code: number, reason: string): void {
    super.closing(code, reason);
    for (const call of this.#subscriptions?.values() ?? []) call.stop();
    this.#subscriptions = null;
    this.#waiting = null;
    this.#opened();
  }

  answer(call: TrpcCall, message: TRPCResponseMessage): void {
    this.send(JSON.stringify(message));
    // The handler also tells of trouble of its own, which answers no call.
    if (message.id !== call.id) return;
    if (call.isHello) this.#opened();
    if (!call.isSubscription) this.endCall();
    else if ("error" in message || ("result" in message && message.result.type === "stopped")) {
      this.#subscriptions?.delete(call.id);
    }
  }

  protected received(data: Buffer, isBinary: boolean) {
    if (isBinary) return this.#answerMalformed("binary frames are not part of this protocol");
    const frame = parseTrpcFrame(data.toString());
    switch (frame.kind) {
      case "pong":
        return;
      // A client may ask for a sign of life too (rule HB8).
      case "ping":
        return this.send("PONG");
      case "malformed":
        return this.#answerMalformed(frame.detail);
      case "connectionParams":
        return this.#takeParams(frame.data);
      case "messages":
        // The hello first, wherever in its batch a client has put it.
        for (const message of frame.messages) if (isHello(message)) this.#take(message);
        for (const message of frame.messages) if (!isHello(message)) this.#takeInTurn(message);
    }
  }

  protected failedToTake(error: unknown): void {
    this.#options.services.log.error("A frame on the tRPC socket could not be taken", { error });
    this.send(trpcErrorFrame(toNobody, { code: "internal", message: INTERNAL_MESSAGE }));
  }

  protected explain(): void {
    // The ending that follows says it.
  }

  #answerMalformed(detail: string, to: Unaddressed = toNobody): void {
    this.#malformed ??= new MalformedFrames();
    if (this.#malformed.add()) return this.violated(`more than ${MALFORMED_PER_MINUTE} malformed frames in a minute: ${detail}`);
    const sessionId = this.connection?.session?.id;
    this.#options.services.refusals.write(`Refused a tRPC frame: ${detail}`, sessionId === undefined ? {} : { sessionId });
    this.send(trpcErrorFrame(to, { code: "protocol_error", message: detail }));
  }

  #takeParams(data: unknown): void {
    const read = readConnectionParams(data);
    if (!read.ok) return this.violated(read.detail);
    this.#params = read.others;
    if (read.hello !== null) void this.#hello(read.hello).catch((error: unknown) => this.failedToTake(error));
  }

  async #hello(hello: OpenInput): Promise<void> {
    const { services, identity } = this.#options;
    this.#opening ??= Promise.withResolvers();
    try {
      const result = await openSession(services, this, { ...hello, signIn: services.auth.signInOf(identity) });
      if (!result.accepted) return;
      const welcome = encodePush({ type: "welcome", ...result.welcome, room: result.session.room });
      this.#waiting = [welcome, ...(this.#waiting ?? [])];
    } finally {
      this.#opened();
    }
  }

  #opened(): void {
    this.#opening?.resolve();
    this.#opening = null;
  }

  /** Takes it now, or when the hello under way is answered. */
  #takeInTurn(message: TrpcMessage | Unaddressed): void {
    if (this.#opening === null) return this.#take(message);
    this.#opening.promise.then(() => this.#take(message)).catch((error: unknown) => this.failedToTake(error));
  }

  #take(message: TrpcMessage | Unaddressed): void {
    if (message.id === null) return this.#answerMalformed("id: expected a number or a string, got null", message);
    if (message.method === "subscription.stop") return this.#stop(message);
    const refusal = this.#begin(message);
    if (refusal !== null) return this.send(trpcErrorFrame(message, refusal));
    if (isEvents(message)) return this.#subscribeEvents(message);
    const call = new TrpcCall(this, message);
    if (call.isSubscription) this.#subscriptions = (this.#subscriptions ?? new Map<CallId, TrpcCall>()).set(call.id, call);
    if (call.isHello) this.#opening ??= Promise.withResolvers();
    this.#options.serve(call);
    call.deliver(message);
  }

  /** Why it cannot begin now; `null` when it did. */
  #begin(message: Call): TrpcProblem | null {
    if (message.method !== "subscription") return this.beginCall() ? null : tooMany("calls");
    const taken = this.#subscriptions?.has(message.id) === true || this.#startOfEvents(message) !== undefined;
    if (taken) return { code: "bad_request", message: `id: expected one that is not in use, got ${shown(message.id)}` };
    if (!isEvents(message)) return (this.#subscriptions?.size ?? 0) < MAX_SUBSCRIPTIONS ? null : tooMany("subscriptions");
    if (this.#events.length >= MAX_SUBSCRIPTIONS) return tooMany("subscriptions");
    return (this.connection?.session ?? null) === null ? helloFirst : null;
  }

  #startOfEvents({ id }: Envelope): string | undefined {
    return this.#events.find((start) => start.startsWith(startOf({ id })));
  }

  #subscribeEvents(message: Envelope): void {
    const start = startOf(message);
    this.send(`${start}"result":{"type":"started"}}`);
    this.#events = [...this.#events, start];
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const encoded of waiting ?? []) this.push(encoded);
  }

  #stop(message: Envelope & { readonly method: "subscription.stop" }): void {
    const { id } = message;
    const other = this.#subscriptions?.get(id);
    if (other !== undefined) return other.deliver(message);
    const start = this.#startOfEvents({ id });
    if (start === undefined) return;
    this.#events = this.#events.filter((events) => events !== start);
    this.send(`${start}"result":{"type":"stopped"}}`);
  }
}

const helloFirst: TrpcProblem = {
  code: "hello_first",
  message: "say hello first: by connectionParams, or call session.open on this WebSocket",
};

function tooMany(what: string): TrpcProblem {
  return { code: "busy", message: `too many ${what} in progress on this connection` };
}

function isEvents({ method, params }: Call): boolean {
  return method === "subscription" && params.path === EVENTS;
}

/** What every frame that answers this message begins with. */
function startOf({ id, jsonrpc }: Envelope): string {
  return jsonrpc === undefined ? `{"id":${JSON.stringify(id)},` : `{"id":${JSON.stringify(id)},"jsonrpc":"2.0",`;
}
