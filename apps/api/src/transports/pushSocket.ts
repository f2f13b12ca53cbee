/** A session's socket as the application uses it: the keeper's port, and events of the application's own. */
import type { Connection, SessionSocket } from "@lastbeat/core";
import type { PushEvent } from "../contract/push.ts";

/** An event with its JSON, made once however many sockets it goes to. */
export interface EncodedPush {
  readonly json: string;
}

export interface PushSocket extends SessionSocket {
  push(encoded: EncodedPush): void;
  /** Nothing waits to be sent to it, and it listens: what could as well come later may be sent now. */
  readonly isIdle: boolean;
}

/** A WebSocket with the connection that the keeper made of it. */
export interface Link extends PushSocket {
  /** `null` when the keeper refused it. */
  readonly connection: Connection | null;
  /** The client says goodbye: once what it asked before is answered, and soon all the same. */
  leave(): void;
}

export function encodePush(event: PushEvent): EncodedPush {
  return { json: JSON.stringify(event) };
}

/** Every socket of this server is one; embedders of core may have others. */
export function isPushSocket(socket: SessionSocket | null): socket is PushSocket {
  return socket !== null && "push" in socket;
}
