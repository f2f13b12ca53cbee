/** Decides what a stop signal does and how long a graceful stop may take. `shutdown.ts` acts on it. */

/**
 * Signals closer together than this count as one. Ctrl-C reaches every process of the terminal, and npm passes it on again. Nobody
 * who wants to stop at once presses again this soon.
 */
const ONE_PRESS_MS = 2_000;

export interface StopSignal {
  /** When the first signal arrived; `null` if this is the first. */
  readonly firstAtMs: number | null;
  readonly nowMs: number;
  /** Number of open sessions plus ledger events not yet written. */
  readonly unwritten: number;
}

/** `exit` abandons unwritten events. With none left, the server has practically stopped, so further signals are ignored. */
export function stopStep({ firstAtMs, nowMs, unwritten }: StopSignal): "stop" | "ignore" | "exit" {
  if (firstAtMs === null) return "stop";
  return nowMs - firstAtMs < ONE_PRESS_MS || unwritten === 0 ? "ignore" : "exit";
}

/** Longer than one hanging resource may take (5 s), plus the time a slow disk needs to write each session's end. */
const BASE_MS = 10_000;
const PER_SESSION_MS = 2;

/** Time limit for a graceful stop (rule RUN7), in milliseconds. A `configuredMs` of 0 derives it from the number of sessions. */
export function drainLimitMs(configuredMs: number, sessions: number): number {
  return configuredMs > 0 ? configuredMs : BASE_MS + PER_SESSION_MS * sessions;
}
