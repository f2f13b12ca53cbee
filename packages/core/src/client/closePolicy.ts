/** The client's close policy: whether and when to reconnect, by the close code and reason. */

import { EMPTY_CLOSE_FRAME, NO_CLOSE_FRAME, parseCloseReason } from "../protocol/close.ts";
import { closeCodes, type EndReason, endReasonNames } from "../protocol/closeCodes.ts";

/** The advice of the `ending` notice that preceded the close. */
export interface EndingAdvice {
  readonly reason: EndReason;
  readonly retry: boolean;
  readonly retryAfterMs: number;
}

export interface CloseVerdict {
  readonly reconnect: boolean;
  /** The delay the server asked for; `null` when it gave none. */
  readonly retryAfterMs: number | null;
  /** `null` when the close names no reason of the catalogue. */
  readonly reason: EndReason | null;
}

/** Codes below 4000 after which a reconnect would fail in the same way: normal closure, and frames that the server refused. */
const terminalCodes: ReadonlySet<number> = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);
/** Longer delays are cut to this: a timer of more than 2^31 ms would fire at once. */
const LONGEST_RETRY_AFTER_MS = 600_000;

/** Whether a client reconnects after this close code (rule CLT1): not after 4500–4999, 1000 or refused frames; else yes. */
export function reconnectsAfter(code: number): boolean {
  if (code >= 4000 && code <= 4999) return code < 4500;
  return !terminalCodes.has(code);
}

/**
 * Judges a close. The `ending` notice decides when the close frame was lost; its delay takes precedence over the close reason's.
 */
export function judgeClose(code: number, reasonText: string, advice: EndingAdvice | null): CloseVerdict {
  const told = parseCloseReason(reasonText);
  // There was no close frame, or it had no code.
  const silent = code === NO_CLOSE_FRAME || code === EMPTY_CLOSE_FRAME;
  const retryAfterMs = longerThanZero(advice?.retryAfterMs) ?? longerThanZero(told.retryAfterMs);
  return {
    reconnect: silent && advice !== null ? advice.retry : reconnectsAfter(code),
    retryAfterMs: retryAfterMs === null ? null : Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS),
    reason: advice?.reason ?? told.reason ?? reasonForCode(code),
  };
}

function reasonForCode(code: number): EndReason | null {
  if (code === 1000) return null;
  return endReasonNames.find((name) => closeCodes[name] === code) ?? null;
}

function longerThanZero(ms: number | null | undefined): number | null {
  return ms !== null && ms !== undefined && ms > 0 ? ms : null;
}
