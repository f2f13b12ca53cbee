/** Whether an end was found later than its bound allows, and what prolonged the verdict. Pure. */

import type { LateCause, SessionEnd } from "../ports/ledger.ts";

/**
 * What may have prolonged a verdict, and by how much at most. Moments are milliseconds of observed time, `NEVER_MS` for what never
 * happened; the rest are durations in milliseconds.
 */
export interface Prolongings {
  /** The server's last pause: each gives a fresh heartbeat (rule TIM3), all together so much. */
  readonly pauseMs: number;
  readonly pausesAddMs: number;
  /** The last change of settings: silence is judged from there on (rule HB6), by the longest bound that was in force since the cause. */
  readonly settingsMs: number;
  readonly longestBoundMs: number;
  /** The last tick that made up for two (rule TIM1): the first beat and each verdict may come one tick later. */
  readonly lateTickMs: number;
  readonly lateTicksAddMs: number;
}

export const NEVER_MS = -1;

export interface Verdict {
  /** When the verdict was given, milliseconds of observed time. */
  readonly detectedMs: number;
  /** From the cause to the verdict, milliseconds of observed time. */
  readonly detectionMs: number;
  /** The bound in force; `null` where there is none. */
  readonly boundMs: number | null;
}

/** `null` when the end was found within its bound, or has none. What may prolong a verdict explains no more than it can add. */
export function lateCause({ detectedMs, detectionMs, boundMs }: Verdict, by: Prolongings): LateCause | null {
  if (boundMs === null || detectionMs <= boundMs) return null;
  const sinceMs = detectedMs - detectionMs;
  const overMs = detectionMs - boundMs;
  const ticksMs = by.lateTickMs >= sinceMs ? by.lateTicksAddMs : 0;
  const pausesMs = by.pauseMs >= sinceMs ? by.pausesAddMs : 0;
  if (pausesMs > 0 && overMs <= pausesMs + ticksMs) return "pause";
  if (by.settingsMs >= sinceMs && detectedMs - by.settingsMs <= by.longestBoundMs + pausesMs + ticksMs) return "settings";
  return overMs <= ticksMs ? "late_tick" : "unknown";
}

/** How long it took to find out, against the bound in force. */
export type Detection = Pick<SessionEnd, "detectionMs" | "boundMs" | "lateCause">;
