/** What putting other settings into force does to one session, by the very decisions that will be taken then. Pure. */
import type { SessionRecord } from "../session/session.ts";
import { decideHeartbeat, type HeartbeatVerdict, NONE } from "../tiers/heartbeat.ts";
import { decideTimeout, isWarningOff, type TimeoutVerdict } from "../tiers/timeout.ts";
import type { Settings } from "./settings.ts";

export interface SavedEffect {
  /** Its heartbeats are part of the load: it is active. */
  readonly beats: boolean;
  /** The idle warning in force is taken back. */
  readonly unwarned: boolean;
  readonly timeout: TimeoutVerdict;
  readonly beat: HeartbeatVerdict;
  /** Its beat is out for longer than the new limit, and keeps the one it was sent under (rule HB6). */
  readonly keepsLimit: boolean;
}

export interface SavingMoment {
  /** Observed milliseconds. */
  readonly nowMs: number;
  /** Server pauses counted so far. */
  readonly pauses: number;
}

/** What becomes of a session within one tick of the moment at which `settings` come into force. */
export function savedEffect(record: SessionRecord, settings: Settings, { nowMs, pauses }: SavingMoment): SavedEffect {
  const { state } = record;
  const nextMs = nowMs + settings.tickMs;
  const unwarned = isWarningOff(record, settings, nowMs);
  const timeout = decideTimeout(unwarned ? { ...record, idleWarnedMs: -1 } : record, nextMs, settings);
  const lives = timeout === "none" || timeout === "warn_idle";
  if (state.kind !== "active") return { beats: false, unwarned, timeout, beat: "wait", keepsLimit: false };
  const limits = { maxFailures: settings.heartbeatMaxFailures, pauses };
  const beat = lives ? decideHeartbeat(state, nextMs, limits) : "wait";
  const isLate = state.sentMs !== NONE && nextMs - state.sentMs >= settings.heartbeatPongTimeoutMs;
  return { beats: true, unwarned, timeout, beat, keepsLimit: isLate && beat === "wait" && lives };
}
