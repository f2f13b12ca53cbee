/** When silence of the server becomes doubt, and when it becomes certainty, by the terms told at welcome (rule HB7). */
import type { HeartbeatTerms } from "../protocol/notice.ts";

/** From here on a heartbeat is late: ask the server for a sign of life. */
export function doubtAtMs(heardAtMs: number, terms: HeartbeatTerms): number {
  return heardAtMs + Math.min(terms.intervalMs + terms.pongTimeoutMs, terms.boundMs);
}

/** From here on the connection is given up. */
export function giveUpAtMs(heardAtMs: number, terms: HeartbeatTerms): number {
  return heardAtMs + terms.boundMs;
}
