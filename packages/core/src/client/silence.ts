/** When a silent server becomes suspect, and when the client gives it up, by the terms of the welcome (rule HB7). */
import type { HeartbeatTerms } from "../protocol/notice.ts";

/** When a heartbeat is late: probe the server. */
export function doubtAtMs(heardAtMs: number, terms: HeartbeatTerms): number {
  return heardAtMs + Math.min(terms.intervalMs + terms.pongTimeoutMs, terms.boundMs);
}

/** When to give up the connection. */
export function giveUpAtMs(heardAtMs: number, terms: HeartbeatTerms): number {
  return heardAtMs + terms.boundMs;
}
