/** Closes a socket: an `ending` notice with the reason and retry delay, if the client can be told, and then the close frame. */

import type { SessionSocket } from "../ports/socket.ts";
import { closeCodeOf, closeReasonText } from "../protocol/close.ts";
import { type EndReason, endReasons } from "../protocol/endReason.ts";
import { retryDelayMs } from "../rules/retryDelay.ts";
import type { EndCause } from "../rules/session.ts";
import type { Engine } from "./engine.ts";
import type { Guard } from "./guard.ts";
import type { SessionLink } from "./record.ts";

export interface Farewell {
  readonly reason: EndReason;
  readonly closeCode: number;
  readonly retryAfterMs: number;
  readonly detail: string;
}

export function sendFarewell(guard: Guard, socket: SessionSocket, farewell: Farewell): void {
  const { reason, closeCode: code, retryAfterMs, detail } = farewell;
  const notice = { type: "ending", reason, code, retry: endReasons[reason].retry, retryAfterMs, detail } as const;
  guard.run("socket.notify", () => socket.notify(notice));
  closeSocket(guard, socket, farewell);
}

/** Sends only the close frame, because the client closed first or is unreachable. */
export function closeSocket(
  guard: Guard,
  socket: SessionSocket,
  { reason, closeCode, retryAfterMs }: Omit<Farewell, "detail">,
): void {
  guard.run("socket.close", () => socket.close(closeCode, closeReasonText(reason, retryAfterMs)));
}

/** Closes a connection: notice, close frame, and 2 s later the socket is dropped if it is still open. Never awaited. */
export function closeLink(engine: Engine, link: SessionLink, cause: Pick<EndCause, "reason" | "detail" | "receivedCode">): void {
  if (!link.isOpen) return;
  const entry = endReasons[cause.reason];
  const retryAfterMs = retryDelayMs(cause.reason, { live: engine.registry.size, random: engine.random.float() });
  const closeCode = closeCodeOf(cause.reason);
  const canBeTold = cause.receivedCode === undefined && entry.closeCode !== null;
  link.shut(() => {
    const farewell = { reason: cause.reason, closeCode, retryAfterMs, detail: cause.detail };
    if (canBeTold) sendFarewell(engine.guard, link.socket, farewell);
    else closeSocket(engine.guard, link.socket, farewell);
  });
}
