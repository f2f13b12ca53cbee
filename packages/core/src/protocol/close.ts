/** Close frames: their codes, and the text with the reason and the retry delay. Written by the server, read by clients. */

import { closeCodes, type EndReason, isEndReason } from "./closeCodes.ts";

/** Sent where the catalogue has no code. Only the server believes the connection lost, so the client should reconnect. */
const LOST_CODE = 1_011;
/** "No status": a close frame without a code. Never in a frame itself, as the next. RFC 6455, section 7.4.1. */
export const EMPTY_CLOSE_FRAME = 1_005;
/** "Abnormal closure": what a WebSocket library reports when there was no close frame. */
export const NO_CLOSE_FRAME = 1_006;

/** The close code that is sent for a reason. */
export function closeCodeOf(reason: EndReason): number {
  return closeCodes[reason] ?? LOST_CODE;
}

/** Whether a close frame that arrived after ours merely answers it, by echoing our code or having none. */
export function isAnswerToOurClose(code: number, reason: EndReason): boolean {
  return code === EMPTY_CLOSE_FRAME || code === closeCodeOf(reason);
}

/** The text of a close frame: the reason, and the retry delay if the client should reconnect. At most 123 bytes. */
export function closeReasonText(reason: EndReason, retryAfterMs: number): string {
  return retryAfterMs > 0 ? `${reason} retry_after_ms=${retryAfterMs}` : reason;
}

/** Parses `<reason>` or `<reason> retry_after_ms=<n>`; any other text yields no reason. */
export function parseCloseReason(text: string): { readonly reason: EndReason | null; readonly retryAfterMs: number | null } {
  const match = /^([a-z_]+)(?: retry_after_ms=(\d{1,9}))?$/.exec(text);
  const name = match?.[1];
  if (name === undefined || !isEndReason(name)) return { reason: null, retryAfterMs: null };
  return { reason: name, retryAfterMs: match?.[2] === undefined ? null : Number(match[2]) };
}
