/**
 * One connection that speaks tRPC. Calls go through tRPC's own handler, see `service.ts`. The one subscription that every session may
 * have, to its events, is answered here: through tRPC it would cost 10 KB for as long as the socket lives.
 */
import { causeOf, type Notice } from "@lastbeat/core";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { DrivenSocket } from "../socket/drivenSocket.ts";
import { Frame, type TextPart } from "../socket/frame.ts";
import { SocketLink } from "../socket/socketLink.ts";
import { EncodedEvent } from "./encodedEvent.ts";
import { duplicate, type Ending, endingProblem, errorMessage, type TrpcProblem, tooMany } from "./errorFrame.ts";
import { type EventStart, eventStart, startOf } from "./eventStart.ts";
import { Exchange, type ExchangeOwner } from "./exchange.ts";
import { jsonOf } from "./knownJson.ts";
import { MalformedFrames } from "./malformedFrames.ts";
import {
  type Call,
  type CallId,
  type Envelope,
  MalformedMessageError,
  readMessage,
  type TrpcMessage,
  toNobody,
  type Unaddressed,
} from "./messages.ts";
import type { TrpcService } from "./service.ts";

/** A frame, or one message of it, that cannot be taken. */
export interface Malformed {
  readonly cause: unknown;
  /** What tRPC's handler, given it, answers with an error of its own; absent where it would not. */
  readonly frame?: unknown;
  readonly to: Unaddressed;
}

/** A message as it was read, and as tRPC gets it. */
export interface Taken {
  readonly message: TrpcMessage | Unaddressed;
  readonly raw: unknown;
}

const PING = new Frame("PING");
const PONG = new Frame("PONG");
const PONG_BYTES = Buffer.from("PONG");
const NO_EVENTS: readonly EventStart[] = [];
/** Stands where a message stood that tRPC does not get, so that the others keep their place in the batch: stops nothing. */
const gap = { id: "lastbeat: answered already", method: "subscription.stop" } as const;

export abstract class TrpcLink extends SocketLink implements ExchangeOwner {
  protected readonly service: TrpcService;
  /** The subscriptions to the events. */
  #events: readonly EventStart[] = NO_EVENTS;
  #waiting: EncodedEvent[] | null = null;
  /** Subscriptions to other things. */
  #subscriptions: Map<CallId, Exchange> | null = null;
  #malformed: MalformedFrames | null = null;

  constructor(ws: DrivenSocket, service: TrpcService) {
    super(ws);
    this.service = service;
  }

  abstract context(): unknown;

  override get isIdle(): boolean {
    return this.#events.length > 0 && super.isIdle;
  }

  get beatPayload(): Uint8Array {
    return PONG_BYTES;
  }

  heartbeat(): void {
    this.sendAtOnce(PING);
  }

  /** What a client without a subscription must hear at once is told as an error that answers no message in particular. */
  notify(notice: Notice): void {
    if (notice.type !== "ending" || this.#events.length > 0) return this.tell(notice);
    this.sendBare(new Frame(this.#encode(errorMessage(this.service.router, toNobody, this.endingProblem(notice)))));
  }

  /** Sends an event to whoever has subscribed to them, or keeps it until somebody does. */
  push(encoded: EncodedEvent): void {
    if (this.#events.length === 0) {
      if (this.service.eventsPath === null) return;
      this.#waiting ??= [];
      if (this.#waiting.length < this.service.limits.waitingEvents) this.#waiting.push(encoded);
      return;
    }
    for (const start of this.#events) this.#sendJsonFrame(encoded.answerTo(start.text));
  }

  pushAll(events: readonly EncodedEvent[]): void {
    const [start] = this.#events;
    if (start === undefined || this.#events.length > 1 || !this.service.isJson) {
      for (const encoded of events) this.push(encoded);
      return;
    }
    for (const encoded of events) this.sendBare(encoded.answerTo(start.text));
    this.sentBare();
  }

  /** Before all that waits. */
  protected pushFirst(encoded: EncodedEvent): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const each of [encoded, ...waiting]) this.push(each);
  }

  override closing(code: number, reason: string): void {
    super.closing(code, reason);
    this.cancel();
  }

  /** Aborts every subscription. */
  protected cancel(): void {
    for (const exchange of this.#subscriptions?.values() ?? []) exchange.stop();
    this.#subscriptions = null;
    this.#waiting = null;
  }

  // What an exchange asks.

  send(_exchange: Exchange, message: TRPCResponseMessage): void {
    this.sendPayload(this.#encodeAnswer(message));
  }

  ended(call: Call): void {
    if (call.method === "subscription") this.#subscriptions?.delete(call.id);
    else this.endCall();
  }

  contextFailed(): void {
    // A context that is made anew for each call costs that call, which was answered with an error.
  }

  // What a kind of link may do otherwise.

  /** Tells a notice through the events. */
  protected tell(notice: Notice): void {
    this.push(new EncodedEvent(this.toJson(notice)));
  }

  /** An event as the router's transformer makes it. */
  protected toJson(event: unknown): string {
    return JSON.stringify(this.service.router._def._config.transformer.output.serialize(event));
  }

  protected endingProblem(ending: Ending): TrpcProblem {
    return endingProblem(ending);
  }

  /** A call goes to tRPC. */
  protected calling(_call: Call): void {
    // Whether it is activity is for the procedure to say.
  }

  /** Why there is no such subscription now; `null` when there may be. */
  protected eventsProblem(): TrpcProblem | null {
    return null;
  }

  /** A frame that is no heartbeat. */
  protected read(data: string | Buffer): void {
    let frame: unknown;
    try {
      frame = this.service.encoder.decode(data);
    } catch (cause) {
      return this.malformed({ cause, to: toNobody });
    }
    this.readFrame(frame);
  }

  protected readFrame(frame: unknown): void {
    const raws: readonly unknown[] = Array.isArray(frame) ? frame : [frame];
    if (Array.isArray(frame) && raws.length > this.service.maxBatchSize) return void this.#hand(frame);
    let taken: Taken[];
    try {
      taken = raws.map((raw) => ({ message: readMessage(raw, this.service.limits.idLength), raw }));
    } catch (cause) {
      // An id of the wrong length is the only thing that tRPC would take.
      const isOurs = cause instanceof MalformedMessageError && cause.field === "id" && typeof cause.value === "string";
      return this.malformed({ cause, to: toNobody, ...(isOurs ? {} : { frame }) });
    }
    this.take(taken);
  }

  /** The messages of one frame. */
  protected take(taken: readonly Taken[]): void {
    this.deliver(taken);
  }

  /** @returns whether tRPC got any call. If not, `onAnswered` never runs; if so, it runs once all of them are answered. */
  protected deliver(taken: readonly Taken[], onAnswered: (() => void) | null = null): boolean {
    const exchange = new Exchange(this, onAnswered);
    const raws = taken.map(({ message, raw }) => (this.#goesIn(exchange, message, raw) ? raw : gap));
    if (exchange.calls.length === 0) return false;
    // One malformed message too many has closed it.
    const { isOpen } = this;
    if (isOpen) {
      this.service.serve(exchange);
      if (exchange.deliver(raws.length === 1 ? raws[0] : raws)) return true;
    }
    for (const call of exchange.calls) this.ended(call);
    if (isOpen) this.#countMalformed("the input could not be deserialized");
    return false;
  }

  protected malformed(malformed: Malformed): void {
    if (this.#countMalformed(causeOf(malformed.cause))) this.answerMalformed(malformed);
  }

  protected answerMalformed({ cause, frame }: Malformed): void {
    this.#hand(frame, { cause });
  }

  protected received(data: Buffer, isBinary: boolean): void {
    if (isBinary) return this.read(data);
    // The most frequent frame by far; recognised without making a string of it.
    if (PONG_BYTES.equals(data)) return;
    const text = data.toString();
    // A client may ask for a sign of life too (rule HB8).
    if (text === "PING") return this.answerPing();
    this.read(text);
  }

  protected answerPing(): void {
    this.sendFrame(PONG);
  }

  protected explain(): void {
    // The ending that follows says it.
  }

  /** Answers a message with an error of this link's own. */
  protected refuse(to: Envelope | Unaddressed, problem: TrpcProblem): void {
    this.sendPayload(this.#encode(errorMessage(this.service.router, to, problem)));
  }

  /** Has tRPC answer a frame from which no call comes. */
  #hand(frame: unknown, fault?: { readonly cause: unknown }): void {
    const exchange = new Exchange(this);
    this.service.serve(exchange);
    if (frame === undefined && fault !== undefined) exchange.deliverFault(fault.cause);
    else exchange.deliver(frame);
  }

  /** `false` when it was one too many, and the session is over. */
  #countMalformed(detail: string): boolean {
    const { malformedPerMinute } = this.service.limits;
    this.#malformed ??= new MalformedFrames();
    if (!this.#malformed.add(malformedPerMinute)) return true;
    this.violated(`more than ${malformedPerMinute} malformed frames in a minute: ${detail}`);
    return false;
  }

  /** Whether tRPC gets a message through this exchange. Every other is answered here. */
  #goesIn(exchange: Exchange, message: TrpcMessage | Unaddressed, raw: unknown): boolean {
    if (message.id === null) {
      this.malformed({ cause: new MalformedMessageError("id", "a number or a string", null), frame: raw, to: message });
      return false;
    }
    const { id, method } = message;
    const owner = method === "query" || method === "mutation" ? undefined : this.#subscriptions?.get(id);
    // Of one in the same frame, tRPC itself sees that the subscription is there.
    if (owner === exchange) return true;
    if (owner !== undefined) owner.deliver(raw);
    else if (method === "subscription.stop") this.#stopEvents(id);
    else return this.#begins(exchange, message);
    return false;
  }

  #begins(exchange: Exchange, message: Call): boolean {
    const refusal = this.#begin(message);
    if (refusal !== null) this.refuse(message, refusal);
    else if (this.#isEvents(message)) this.#subscribeEvents(message);
    else this.#expect(exchange, message);
    return exchange.calls.at(-1) === message;
  }

  #expect(exchange: Exchange, call: Call): void {
    exchange.expect(call);
    this.calling(call);
    if (call.method !== "subscription") return;
    this.#subscriptions ??= new Map();
    this.#subscriptions.set(call.id, exchange);
  }

  /** Why it cannot begin now; `null` when it did. */
  #begin(message: Call): TrpcProblem | null {
    const { calls, subscriptions } = this.service.limits;
    if (message.method !== "subscription") return this.beginCall(calls) ? null : tooMany("calls");
    if (this.#startOfEvents(message.id) !== undefined) return duplicate(message.id);
    if (!this.#isEvents(message)) return (this.#subscriptions?.size ?? 0) < subscriptions ? null : tooMany("subscriptions");
    return this.#events.length < subscriptions ? this.eventsProblem() : tooMany("subscriptions");
  }

  #isEvents({ method, params }: Call): boolean {
    return method === "subscription" && params.path === this.service.eventsPath;
  }

  #startOfEvents(id: CallId): EventStart | undefined {
    return this.#events.find(({ text }) => text.startsWith(startOf({ id })));
  }

  #subscribeEvents(message: Envelope): void {
    const start = eventStart(message);
    this.#sendJsonFrame(start.started);
    this.#events = this.#events.length === 0 ? start.alone : [...this.#events, start];
    const waiting = this.#waiting;
    this.#waiting = null;
    for (const encoded of waiting ?? []) this.push(encoded);
  }

  #stopEvents(id: CallId): void {
    const start = this.#startOfEvents(id);
    if (start === undefined) return;
    this.#events = this.#events.filter((events) => events !== start);
    this.#sendJsonFrame(new Frame(`${start.text}"result":{"type":"stopped"}}`));
  }

  #encodeAnswer(message: TRPCResponseMessage): string | Uint8Array | readonly TextPart[] {
    const data = "result" in message && message.result.type === "data" ? jsonOf(message.result.data) : undefined;
    if (data === undefined || !this.service.isJson || message.id === null) return this.#encode(message);
    return [`${startOf(message as Envelope)}"result":{"type":"data","data":`, ...data, "}}"];
  }

  #encode(message: unknown): string | Uint8Array {
    return this.service.encoder.encode(message);
  }

  #sendJsonFrame(frame: Frame): void {
    if (this.service.isJson) this.sendFrame(frame);
    else this.sendPayload(this.#encode(JSON.parse(String(frame.payload))));
  }
}
