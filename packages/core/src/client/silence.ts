/** When a silent server becomes suspect, and when the client gives it up, by the terms of the welcome (rule HB7). */
import type { HeartbeatTerms } from "../protocol/notice.ts";

/**
 * When a heartbeat, or the answer to the client's question, is late: probe the server. A client that drives hears nothing while all
 * is well, and asks one interval before this at the latest, or with every beat if the bound leaves no more time.
 */
export function doubtAtMs(heardAtMs: number, { intervalMs, pongTimeoutMs, boundMs }: HeartbeatTerms, drives = false): number {
  const lateMs = intervalMs + pongTimeoutMs;
  return heardAtMs + Math.min(drives ? Math.max(lateMs, boundMs - pongTimeoutMs) : lateMs, boundMs);
}

/** Whether a beat that a client sends now must ask for an answer: the next one might come too late for that (rule HB10). */
export function asksWithBeat(heardAtMs: number, nowMs: number, terms: HeartbeatTerms): boolean {
  return nowMs + terms.intervalMs > giveUpAtMs(heardAtMs, terms) - terms.pongTimeoutMs;
}

/** When to give up the connection. */
export function giveUpAtMs(heardAtMs: number, terms: HeartbeatTerms): number {
  return heardAtMs + terms.boundMs;
}
