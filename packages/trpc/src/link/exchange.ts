/** The calls of one frame on their way through tRPC, in the shape of the socket that tRPC's connection handler expects to serve. */
import { EventEmitter } from "node:events";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { Call } from "./messages.ts";

const OPEN = 1;
const CLOSED = 3;

/** What the connection handler reads of an upgrade request. */
const headers = { host: "localhost" };

/** The connection that an exchange serves. */
export interface ExchangeOwner {
  readonly isOpen: boolean;
  /** What procedures get as `ctx`, or a promise of it. */
  context(): unknown;
  send(exchange: Exchange, message: TRPCResponseMessage): void;
  /** The last answer to this call has been sent. */
  ended(call: Call): void;
  /** No context could be made, and the client has been told. */
  contextFailed(): void;
}

/** The frame as it was parsed, or why it could not be. */
type Carrier = Buffer & { readonly frame: unknown } & { readonly fault?: { readonly cause: unknown } };

/** What the handler decodes: the frame that `deliver` wrapped. */
export function decodeCarried(carrier: unknown): unknown {
  const { frame, fault } = carrier as Carrier;
  if (fault !== undefined) throw fault.cause;
  return frame;
}

export class Exchange extends EventEmitter {
  readonly owner: ExchangeOwner;
  readonly #onAnswered: (() => void) | null;
  /** Calls whose last answer is still to come. */
  #calls: Call[] = [];
  #isStopped = false;
  #isDelivering = false;
  #isUnread = false;

  constructor(owner: ExchangeOwner, onAnswered: (() => void) | null = null) {
    super();
    this.owner = owner;
    this.#onAnswered = onAnswered;
  }

  // What the handler asks of an upgrade request, for which the exchange stands in: the real one would otherwise stay in memory.

  get url(): string {
    return "/";
  }

  get headers(): { readonly host: string } {
    return headers;
  }

  // What the handler asks of a socket.

  get readyState(): number {
    return this.owner.isOpen && !this.#isStopped ? OPEN : CLOSED;
  }

  /** The encoder left the message an object. */
  send(encoded: unknown): void {
    const message = encoded as TRPCResponseMessage;
    this.owner.send(this, message);
    // What is answered within the delivery is a frame that cannot be read, or a duplicate id. Neither ends a call.
    if (this.#isDelivering) this.#isUnread ||= message.id === null;
    else this.#answered(message);
  }

  /** The handler would close a socket for which no context can be made. */
  close(): void {
    this.owner.contextFailed();
  }

  // What the link does with it.

  /** tRPC is reading a frame right now. */
  get isDelivering(): boolean {
    return this.#isDelivering;
  }

  get calls(): readonly Call[] {
    return this.#calls;
  }

  expect(call: Call): void {
    this.#calls.push(call);
  }

  /** The frame goes in as it was parsed. @returns whether tRPC could read it; otherwise none of its calls will be answered. */
  deliver(frame: unknown): boolean {
    return this.#deliver({ frame });
  }

  /** Has tRPC answer a frame that could not be parsed. */
  deliverFault(cause: unknown): void {
    this.#deliver({ frame: undefined, fault: { cause } });
  }

  /** The socket is gone: cancels what the calls still do. */
  stop(): void {
    this.#isStopped = true;
    this.emit("close");
  }

  #deliver(content: { readonly frame: unknown; readonly fault?: { readonly cause: unknown } }): boolean {
    this.#isUnread = false;
    this.#isDelivering = true;
    try {
      // A binary frame goes to `decodeCarried` untouched.
      this.emit("message", Object.assign(Buffer.alloc(0), content), true);
    } finally {
      this.#isDelivering = false;
    }
    return !this.#isUnread;
  }

  #answered(message: TRPCResponseMessage): void {
    const at = this.#endedBy(message);
    const [call] = at < 0 ? [] : this.#calls.splice(at, 1);
    if (call === undefined) return;
    this.owner.ended(call);
    if (this.#calls.length === 0) this.#onAnswered?.();
  }

  /** Which of the calls has its last answer with this message. */
  #endedBy(message: TRPCResponseMessage): number {
    const type = "result" in message ? message.result.type : "error";
    const find = (isSubscription: boolean) =>
      this.#calls.findIndex(({ id, method }) => id === message.id && (method === "subscription") === isSubscription);
    if (type === "started") return -1;
    if (type === "stopped") return find(true);
    const once = find(false);
    return once >= 0 || type === "data" ? once : find(true);
  }
}
