/** The last words to a socket: why, and when to come back; and then the close frame, also when it cannot be told. */

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

export function sayFarewell(guard: Guard, socket: SessionSocket, farewell: Farewell): void {
  const { reason, closeCode: code, retryAfterMs, detail } = farewell;
  const notice = { type: "ending", reason, code, retry: endReasons[reason].retry, retryAfterMs, detail } as const;
  guard.run("socket.notify", () => socket.notify(notice));
  closeSocket(guard, socket, farewell);
}

/** The close frame alone, for whoever is not told: the client closed, or cannot be reached. */
export function closeSocket(
  guard: Guard,
  socket: SessionSocket,
  { reason, closeCode, retryAfterMs }: Omit<Farewell, "detail">,
): void {
  guard.run("socket.close", () => socket.close(closeCode, closeReasonText(reason, retryAfterMs)));
}

/** Closes a socket: notice, close frame, and 2 s later the connection is dropped if it is still there. Never awaited. */
export function closeLink(engine: Engine, link: SessionLink, cause: Pick<EndCause, "reason" | "detail" | "receivedCode">): void {
  const entry = endReasons[cause.reason];
  const retryAfterMs = retryDelayMs(cause.reason, { live: engine.registry.size, random: engine.random.float() });
  const closeCode = closeCodeOf(cause.reason);
  const isTold = cause.receivedCode === undefined && entry.closeCode !== null;
  link.shut(() => {
    const farewell = { reason: cause.reason, closeCode, retryAfterMs, detail: cause.detail };
    if (isTold) sayFarewell(engine.guard, link.socket, farewell);
    else closeSocket(engine.guard, link.socket, farewell);
  });
}
