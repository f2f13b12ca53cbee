/** The last words to a socket: why, and when to come back; and then the close frame, also when it cannot be told. */
import type { SessionSocket } from "../transport.ts";
import { type EndReason, endReasons } from "./endReason.ts";
import { closeReasonText } from "./retryDelay.ts";

export interface Farewell {
  readonly reason: EndReason;
  readonly closeCode: number;
  readonly retryAfterMs: number;
  readonly detail: string;
}

/** Throws what the notice throws, after the socket was closed. */
export function sayFarewell(socket: SessionSocket, { reason, closeCode, retryAfterMs, detail }: Farewell): void {
  try {
    socket.notify({ type: "ending", reason, code: closeCode, retry: endReasons[reason].retry, retryAfterMs, detail });
  } finally {
    socket.close(closeCode, closeReasonText(reason, retryAfterMs));
  }
}
