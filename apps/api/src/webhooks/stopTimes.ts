/** How long the courier may take when the server stops. Pure; `courier.ts` keeps to it. */

/** What it may deliver in that time. The rest is delivered after the next start. */
const STOPPING_MS = 3_000;
/** How much longer it may take to end. */
const ENDING_MS = 3_000;

export interface StopTimes {
  /** Time to deliver. */
  readonly deliverMs: number;
  /** Then its thread is ended, whatever it does. */
  readonly endMs: number;
}

/** The courier gets at most half of what is left of the stop's limit: the ledger is closed after it. */
export function stopTimes(leftMs: number): StopTimes {
  const endMs = Math.max(0, Math.min(STOPPING_MS + ENDING_MS, leftMs / 2));
  return { deliverMs: Math.min(STOPPING_MS, endMs / 2), endMs };
}
