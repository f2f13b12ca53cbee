/** One tRPC call, in the shape of the socket that tRPC's connection handler expects to serve. */
import { EventEmitter } from "node:events";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { Context } from "../routers/context.ts";
import type { Call, CallId, TrpcMessage, Unaddressed } from "./trpcFrames.ts";

const OPEN = 1;
const CLOSED = 3;

/** The link that a call came on. */
export interface CallOwner {
  readonly isOpen: boolean;
  context(): Context;
  /** A call's answer, or a subscription's next value. */
  answer(call: TrpcCall, message: TRPCResponseMessage): void;
}

type Carrier = Buffer & { readonly message: TrpcMessage };

/** What the handler decodes: the message that `deliver` wrapped. */
export function decodeCarried(carrier: unknown): unknown {
  return (carrier as Carrier).message;
}

export function isHello(message: TrpcMessage | Unaddressed): message is Call {
  return "method" in message && message.method === "mutation" && message.params.path === "session.open";
}

export class TrpcCall extends EventEmitter {
  readonly link: CallOwner;
  readonly id: CallId;
  readonly isSubscription: boolean;
  readonly isHello: boolean;
  #stopped = false;

  constructor(link: CallOwner, call: Call) {
    super();
    this.link = link;
    this.id = call.id;
    this.isSubscription = call.method === "subscription";
    this.isHello = isHello(call);
  }

  get readyState(): number {
    return this.link.isOpen && !this.#stopped ? OPEN : CLOSED;
  }

  /** The handler answers through this; the encoder left the message an object. */
  send(message: unknown): void {
    this.link.answer(this, message as TRPCResponseMessage);
  }

  /** The handler would close a socket for which no context can be made; the call was answered with an error, which is enough. */
  close(): void {}

  /** The message goes in as it was parsed: the handler hands a binary frame to `decodeCarried` untouched. */
  deliver(message: TrpcMessage): void {
    const carrier: Carrier = Object.assign(Buffer.alloc(0), { message });
    this.emit("message", carrier, true);
  }

  /** The socket is gone: cancels what the call still does. */
  stop(): void {
    this.#stopped = true;
    this.emit("close");
  }
}
