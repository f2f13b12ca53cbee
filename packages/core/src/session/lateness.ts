/** Whether an end was found later than its bound allows, and what prolonged the verdict. Pure. */

/** What may prolong a verdict beyond its bound; `unknown` when nothing that may did, which is a fault. */
export const lateCauses = ["pause", "settings", "late_tick", "unknown"] as const;
export type LateCause = (typeof lateCauses)[number];

/** Moments are milliseconds of observed time, `NEVER_MS` for what never happened. */
export interface Prolongings {
  /** The server's last pause: each gives one fresh heartbeat (rule TIM 3). */
  readonly pauseMs: number;
  /** The last change of settings: silence is judged from there on (rule HB 6). */
  readonly settingsMs: number;
  /** The last tick that made up for two (rule TIM 1). */
  readonly lateTickMs: number;
}

export const NEVER_MS = -1;

export interface Detection {
  /** When the verdict was given, milliseconds of observed time. */
  readonly detectedMs: number;
  /** From the cause to the verdict, milliseconds of observed time. */
  readonly detectionMs: number;
  /** The bound in force; `null` where there is none. */
  readonly boundMs: number | null;
}

/** `null` when the end was found within its bound, or has none. */
export function lateCause({ detectedMs, detectionMs, boundMs }: Detection, prolongings: Prolongings): LateCause | null {
  if (boundMs === null || detectionMs <= boundMs) return null;
  const sinceMs = detectedMs - detectionMs;
  if (prolongings.pauseMs >= sinceMs) return "pause";
  if (prolongings.settingsMs >= sinceMs) return "settings";
  return prolongings.lateTickMs >= sinceMs ? "late_tick" : "unknown";
}
