/** The delay before the next connection attempt (rule CLT4). */

export interface BackoffTerms {
  readonly baseMs: number;
  readonly capMs: number;
}

/**
 * Exponential back-off with full jitter: uniform between zero and this attempt's cap, so that clients that lost the server
 * together do not reconnect together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param attempt 0 for the first retry.
 * @param random uniform in [0, 1).
 */
export function backoffMs(attempt: number, random: number, { baseMs, capMs }: BackoffTerms): number {
  return Math.round(random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30)));
}
