/** When a delivery is tried again, and when it is given up (rule WHK3). Pure decisions; `courier.ts` acts on them. */

export const FIRST_WAIT_MS = 1_000;
/** The longest wait before another attempt. */
export const LONGEST_WAIT_MS = 3_600_000;
/** Time after which a delivery that fails again is given up. */
export const GIVE_UP_AFTER_MS = 3 * 86_400_000;

/** What an attempt came to. */
export type AttemptResult =
  | { readonly delivered: true }
  | {
      readonly delivered: false;
      readonly error: string;
      /** The receiver wants this one no more, ever. */
      readonly refusedForGood: boolean;
      /** How long the receiver asks to wait; `null` if it does not say. */
      readonly retryAfterMs: number | null;
    };

/** The wait after the given number of failed attempts: doubled each time, of which a random part between half and all. */
export function waitMs(failedAttempts: number, random: number, firstWaitMs = FIRST_WAIT_MS): number {
  const fullMs = Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** Math.min(failedAttempts - 1, 30));
  return Math.round(fullMs * (0.5 + random / 2));
}

export interface FailedAttempt {
  readonly failedAttempts: number;
  readonly createdAtMs: number;
  readonly nowMs: number;
  readonly refusedForGood: boolean;
  readonly retryAfterMs: number | null;
  readonly firstWaitMs?: number | undefined;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** When to try again; `null` gives it up. */
export function nextAttemptMs(attempt: FailedAttempt): number | null {
  const { failedAttempts, createdAtMs, nowMs, refusedForGood, retryAfterMs, random, firstWaitMs } = attempt;
  if (refusedForGood || nowMs - createdAtMs >= GIVE_UP_AFTER_MS) return null;
  return nowMs + Math.min(LONGEST_WAIT_MS, Math.max(waitMs(failedAttempts, random, firstWaitMs), retryAfterMs ?? 0));
}

/** The result of an answer, by its status. `retryAfter` is the header of that name. */
export function resultOf(status: number, retryAfter: string | undefined): AttemptResult {
  if (status >= 200 && status < 300) return { delivered: true };
  const seconds = Number(retryAfter);
  const asks = Number.isFinite(seconds) && seconds > 0;
  const error = status >= 300 && status < 400 ? `answered ${status}; redirects are not followed` : `answered ${status}`;
  return { delivered: false, error, refusedForGood: status === 410, retryAfterMs: asks ? seconds * 1_000 : null };
}
