/** Whether an end was detected later than its bound allows, and what delayed the verdict. Pure. */

import type { LateCause, SessionEnd } from "../ports/ledger.ts";

/**
 * What may have delayed a verdict, and by how much at most.
 * Moments are milliseconds of observed time, `NEVER_MS` if it never happened; the others are durations in milliseconds.
 */
export interface Delays {
  /** The server's last pause, and the most that all pauses together can add: each renews a heartbeat (rule TIM3). */
  readonly pauseMs: number;
  readonly pausesAddMs: number;
  /** The last change of settings, from which silence is judged (rule HB6), and the longest bound in force since the cause. */
  readonly settingsMs: number;
  readonly longestBoundMs: number;
  /** The last tick that counted as two (rule TIM1), and what such ticks can add: one for the first beat and one per verdict. */
  readonly lateTickMs: number;
  readonly lateTicksAddMs: number;
}

export const NEVER_MS = -1;

export interface Verdict {
  /** When the verdict was reached, milliseconds of observed time. */
  readonly detectedMs: number;
  /** From the cause to the verdict, milliseconds of observed time. */
  readonly detectionMs: number;
  /** The bound in force; `null` where there is none. */
  readonly boundMs: number | null;
}

/** `null` when the end was detected within its bound, or has none. A cause explains a delay only up to what it can add. */
export function lateCause({ detectedMs, detectionMs, boundMs }: Verdict, by: Delays): LateCause | null {
  if (boundMs === null || detectionMs <= boundMs) return null;
  const sinceMs = detectedMs - detectionMs;
  const overMs = detectionMs - boundMs;
  const ticksMs = by.lateTickMs >= sinceMs ? by.lateTicksAddMs : 0;
  const pausesMs = by.pauseMs >= sinceMs ? by.pausesAddMs : 0;
  if (pausesMs > 0 && overMs <= pausesMs + ticksMs) return "pause";
  if (by.settingsMs >= sinceMs && detectedMs - by.settingsMs <= by.longestBoundMs + pausesMs + ticksMs) return "settings";
  return overMs <= ticksMs ? "late_tick" : "unknown";
}

/** How long detection took, and the bound in force. */
export type Detection = Pick<SessionEnd, "detectionMs" | "boundMs" | "lateCause">;
