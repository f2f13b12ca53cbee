/** The last words to a socket: why, and when to come back; and then the close frame, also when it cannot be told. */
import type { Guard } from "../guard.ts";
import type { SessionSocket } from "../transport.ts";
import { type EndReason, endReasons } from "./endReason.ts";
import { closeReasonText } from "./retryDelay.ts";

/** Sent where the catalogue has no code, to a connection that is lost only as far as the server knows: a client comes back after it. */
const LOST_CODE = 1_011;
/** "No status": a close frame without a code. RFC 6455, section 7.4.1. */
const NO_STATUS = 1_005;

/** The close code that is sent for a reason. */
export function closeCodeOf(reason: EndReason): number {
  return endReasons[reason].closeCode ?? LOST_CODE;
}

/** Whether a close frame that came after ours only answers it: it brings our code back, or none. Any other was the client's own wish. */
export function isAnswerToOurClose(code: number, reason: EndReason): boolean {
  return code === NO_STATUS || code === closeCodeOf(reason);
}

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
