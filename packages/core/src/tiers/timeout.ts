/** Tier 3: timeouts (rules TO). Every deadline a session has besides its heartbeat, and what falls due when. */
import type { SessionRecord } from "../session/session.ts";
import type { Settings } from "../settings/settings.ts";

export const NEVER = Number.POSITIVE_INFINITY;

/** Time a session may take to end before the sweep says so, milliseconds of observed time. */
export const STUCK_ENDING_MS = 30_000;

export function isBusy(record: SessionRecord): boolean {
  return record.holdings !== null && record.holdings.busy.length > 0;
}

/** When the idle warning is due; `NEVER` while busy, already warned, or without a warning. Observed milliseconds. */
export function idleWarningDueMs(record: SessionRecord, settings: Settings): number {
  if (isBusy(record) || record.idleWarnedMs >= 0 || settings.idleWarningMs === 0) return NEVER;
  return record.activeMs + settings.sessionTimeoutMs - settings.idleWarningMs;
}

/**
 * When the session ends as idle. With a warning configured it is always given first and in full, also when a change of settings
 * makes the timeout shorter than the time already passed. A timeout that was raised since counts.
 */
export function idleDueMs(record: SessionRecord, settings: Settings): number {
  if (isBusy(record)) return NEVER;
  const timeoutMs = record.activeMs + settings.sessionTimeoutMs;
  if (record.idleWarnedMs >= 0) return Math.max(timeoutMs, record.idleWarnedMs + record.idleWarningMs);
  return settings.idleWarningMs === 0 ? timeoutMs : NEVER;
}

/** Whether the warning in force comes too soon under these settings: it is taken back when they are put into force. */
export function isWarningOff(record: SessionRecord, settings: Settings, nowMs: number): boolean {
  return record.idleWarnedMs >= 0 && record.activeMs + settings.sessionTimeoutMs - settings.idleWarningMs > nowMs;
}

/** When the session has reached its longest lifetime; `NEVER` when there is none. */
export function lifetimeDueMs(record: SessionRecord, settings: Settings): number {
  return settings.sessionLifetimeMs === 0 ? NEVER : record.openedMs + settings.sessionLifetimeMs;
}

export type TimeoutVerdict = "none" | "warn_idle" | "idle" | "lifetime_reached" | "hello_timeout" | "grace_over" | "stuck_ending";

/** Decides which timeout, if any, has fallen due for a session at `nowMs`. */
export function decideTimeout(record: SessionRecord, nowMs: number, settings: Settings): TimeoutVerdict {
  const { state } = record;
  switch (state.kind) {
    case "opening":
      return state.phase !== "over" && state.helloByMs <= nowMs ? "hello_timeout" : "none";
    case "active":
      if (lifetimeDueMs(record, settings) <= nowMs) return "lifetime_reached";
      if (idleDueMs(record, settings) <= nowMs) return "idle";
      return idleWarningDueMs(record, settings) <= nowMs ? "warn_idle" : "none";
    case "suspended":
      if (lifetimeDueMs(record, settings) <= nowMs) return "lifetime_reached";
      return state.untilMs <= nowMs ? "grace_over" : "none";
    case "ending":
      return state.detectedMs + STUCK_ENDING_MS <= nowMs ? "stuck_ending" : "none";
    case "ended":
      return "none";
  }
}

/** The earliest deadline of a session except its heartbeat's; `NEVER` when there is none. */
export function timeoutDueMs(record: SessionRecord, settings: Settings): number {
  const { state } = record;
  switch (state.kind) {
    case "opening":
      return state.phase === "over" ? NEVER : state.helloByMs;
    case "active":
      return Math.min(lifetimeDueMs(record, settings), idleDueMs(record, settings), idleWarningDueMs(record, settings));
    case "suspended":
      return Math.min(lifetimeDueMs(record, settings), state.untilMs);
    case "ending":
    case "ended":
      return NEVER;
  }
}
