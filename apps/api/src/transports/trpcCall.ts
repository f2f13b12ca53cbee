/** One tRPC call, in the shape of the socket that tRPC's connection handler expects to serve. */
import { EventEmitter } from "node:events";
import type { TRPCResponseMessage } from "@trpc/server/rpc";
import type { Context } from "../routers/context.ts";
import type { CallId, TrpcMessage } from "./trpcFrames.ts";

const OPEN = 1;
const CLOSED = 3;

/** The link that a call came on. */
export interface CallOwner {
  readonly isOpen: boolean;
  context(): Context;
  /** A call's answer, or a subscription's next value. */
  answer(call: TrpcCall, message: TRPCResponseMessage): void;
  close(code: number, reason: string): void;
}

type Carrier = Buffer & { readonly message: TrpcMessage };

/** What the handler decodes: the message that `deliver` wrapped. */
export function decodeCarried(carrier: unknown): unknown {
  return (carrier as Carrier).message;
}

export class TrpcCall extends EventEmitter {
  readonly link: CallOwner;
  readonly id: CallId;
  readonly isSubscription: boolean;
  #stopped = false;

  constructor(link: CallOwner, id: CallId, isSubscription: boolean) {
    super();
    this.link = link;
    this.id = id;
    this.isSubscription = isSubscription;
  }

  get readyState(): number {
    return this.link.isOpen && !this.#stopped ? OPEN : CLOSED;
  }

  /** The handler answers through this; the encoder left the message an object. */
  send(message: unknown): void {
    this.link.answer(this, message as TRPCResponseMessage);
  }

  /** The handler closes a socket for which no context can be made. */
  close(): void {
    this.link.close(1011, "internal error");
  }

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
