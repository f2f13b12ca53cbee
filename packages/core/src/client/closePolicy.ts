/** What a close means for a client: come back or not, and when. The convention of the field, read from code and reason alone. */

import { parseCloseReason } from "../protocol/close.ts";
import { closeCodes, type EndReason, endReasonNames } from "../protocol/closeCodes.ts";

/** What the `ending` notice said before the close. */
export interface EndingAdvice {
  readonly reason: EndReason;
  readonly retry: boolean;
  readonly retryAfterMs: number;
}

export interface CloseVerdict {
  readonly reconnect: boolean;
  /** The delay the server asked for; `null` when it named none. */
  readonly retryAfterMs: number | null;
  /** `null` when the close names no reason of the catalogue. */
  readonly reason: EndReason | null;
}

/** Codes below 4000 after which the same client would only fail the same way: normal closure, and frames the server refused. */
const terminalCodes: ReadonlySet<number> = new Set([1000, 1002, 1003, 1007, 1008, 1009, 1010]);
/** No close frame came, so the code says nothing. */
const silentCodes: ReadonlySet<number> = new Set([1005, 1006]);
/** A server that asks for more is not obeyed: a timer of more than 2^31 ms would fire at once. */
const LONGEST_RETRY_AFTER_MS = 600_000;

/** Whether a client comes back after this close code (rule CLT1): 4000–4499 yes, 4500–4999 no, 1000 and refused frames no, the rest yes. */
export function reconnectsAfter(code: number): boolean {
  if (code >= 4000 && code <= 4999) return code < 4500;
  return !terminalCodes.has(code);
}

/** Judges a close. The `ending` notice counts when the close frame was lost, and its delay wins over the close reason's. */
export function judgeClose(code: number, reasonText: string, advice: EndingAdvice | null): CloseVerdict {
  const told = parseCloseReason(reasonText);
  const silent = silentCodes.has(code);
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
