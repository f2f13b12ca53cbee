/** A session's socket as the application uses it: the keeper's port plus application events. */
import type { Connection, SessionSocket } from "@lastbeat/core";
import { EncodedEvent } from "@lastbeat/trpc/link";
import type { PushEvent } from "../contract/push.ts";

export interface PushSocket extends SessionSocket {
  push(encoded: EncodedEvent): void;
  pushAll(encoded: readonly EncodedEvent[]): void;
  /** Whether its send buffer is empty and the client is responsive, so that low-priority events may be sent. */
  readonly isIdle: boolean;
}

/** A WebSocket with its connection in the keeper. */
export interface PushLink extends PushSocket {
  /** `null` if the keeper refused it. */
  readonly connection: Connection | null;
  /** Handles the client's goodbye: ends the session once earlier calls have been answered, or after a short time. */
  leave(): void;
}

export function encodePush(event: PushEvent): EncodedEvent {
  return new EncodedEvent(JSON.stringify(event));
}

/** True for every socket of this server. Applications that embed core may have others. */
export function isPushSocket(socket: SessionSocket | null): socket is PushSocket {
  return socket !== null && "push" in socket;
}
