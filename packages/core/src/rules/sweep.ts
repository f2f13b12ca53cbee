/** The sweep's verdict on one session (rule TO4), independent of the other tiers. */

import { overdueAfterMs, pauseProlongsMs } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import type { SessionFacts } from "./session.ts";
import { earliestDeadlineMs, STUCK_ENDING_MS } from "./timeouts.ts";

export interface SweepMoment {
  readonly nowMs: number;
  /**
   * From when silence counts: when the longest limit in force at the latest change of settings has passed. Observed milliseconds.
   */
  readonly judgedFromMs: number;
  /** The same for the latest pause, which excuses at most `MAX_RENEWALS` beats. Both may lie in the future. */
  readonly pausedFromMs: number;
}

export type SweepVerdict = "fine" | "lost_deadline" | "overdue" | "stuck_ending";

/** Decides what the sweep does about one session. */
export function decideSweep(record: SessionFacts, settings: Settings, moment: SweepMoment): SweepVerdict {
  const { nowMs } = moment;
  if (record.state.name === "ending") {
    const sinceMs = nowMs - record.state.detectedMs;
    return sinceMs >= STUCK_ENDING_MS && sinceMs % STUCK_ENDING_MS < settings.sweepIntervalMs ? "stuck_ending" : "fine";
  }
  if (record.state.name === "active") {
    if (nowMs - countsFromMs(record, settings, moment) > overdueAfterMs(settings)) return "overdue";
  }
  return earliestDeadlineMs(record, settings) < nowMs - settings.tickMs ? "lost_deadline" : "fine";
}

/** From when this client's silence counts. */
function countsFromMs({ seenMs }: SessionFacts, settings: Settings, { judgedFromMs, pausedFromMs }: SweepMoment): number {
  const fromMs = Math.max(seenMs, judgedFromMs);
  return Math.max(fromMs, Math.min(pausedFromMs, fromMs + pauseProlongsMs(settings)));
}
