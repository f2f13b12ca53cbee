/** What a signal to end does, and how long ending in order may take. Decisions only; `shutdown.ts` acts. */

/**
 * Ctrl-C reaches every process of the terminal, and npm passes it on once more: signals so close together are one. Nobody who
 * means "at once" presses so soon.
 */
const ONE_PRESS_MS = 2_000;

export interface StopSignal {
  /** When the first one came; `null` for this being it. */
  readonly firstAtMs: number | null;
  readonly nowMs: number;
  /** Sessions and events whose end is not written yet. */
  readonly atStake: number;
}

/** `exit` gives up what is at stake. While nothing is, the server has as good as stopped and needs no push. */
export function stopStep({ firstAtMs, nowMs, atStake }: StopSignal): "stop" | "ignore" | "exit" {
  if (firstAtMs === null) return "stop";
  return nowMs - firstAtMs < ONE_PRESS_MS || atStake === 0 ? "ignore" : "exit";
}

/** More than one resource that hangs may take (5 s), and for each session what a slow disk takes to write its end. */
const BASE_MS = 10_000;
const PER_SESSION_MS = 2;

/** How long stopping may take, in milliseconds. `configuredMs` 0 lets it follow the number of sessions. */
export function drainLimitMs(configuredMs: number, sessions: number): number {
  return configuredMs > 0 ? configuredMs : BASE_MS + PER_SESSION_MS * sessions;
}
