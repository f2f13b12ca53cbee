/** Tier 3: timeouts (rules TO). Computes every deadline of a session, finds the earliest, and decides what is due. */

import type { Settings } from "../settings/settings.ts";
import { heartbeatDueMs, NEVER, NONE, quietDueMs } from "./heartbeat.ts";
import type { SessionFacts } from "./session.ts";

/** How long a session may take to end before it is reported as stuck, milliseconds of observed time. */
export const STUCK_ENDING_MS = 30_000;

export function isBusy(record: SessionFacts): boolean {
  return record.holdings !== null && record.holdings.busy.length > 0;
}

/** When the idle warning is due, observed milliseconds; `NEVER` while busy, once warned, or when no warning is configured. */
export function idleWarningDueMs(record: SessionFacts, settings: Settings): number {
  if (isBusy(record) || record.idleWarnedMs >= 0 || settings.idleWarningMs === 0) return NEVER;
  return record.activeMs + settings.sessionTimeoutMs - settings.idleWarningMs;
}

/**
 * When the session ends as idle. A configured warning is always given first and in full, even when a change of settings makes the
 * timeout shorter than the time already passed. If the timeout has been raised since the warning, the later deadline counts.
 */
export function idleDueMs(record: SessionFacts, settings: Settings): number {
  if (isBusy(record)) return NEVER;
  const timeoutMs = record.activeMs + settings.sessionTimeoutMs;
  if (record.idleWarnedMs >= 0) return Math.max(timeoutMs, record.idleWarnedMs + record.idleWarningMs);
  return settings.idleWarningMs === 0 ? timeoutMs : NEVER;
}

/** Whether the warning in force would not be due yet under these settings; it is withdrawn when they come into force. */
export function isWarningObsolete(record: SessionFacts, settings: Settings, nowMs: number): boolean {
  return record.idleWarnedMs >= 0 && record.activeMs + settings.sessionTimeoutMs - settings.idleWarningMs > nowMs;
}

/** When the session reaches its maximum lifetime; `NEVER` when it has none. */
export function lifetimeDueMs(record: SessionFacts, settings: Settings): number {
  return settings.sessionLifetimeMs === 0 ? NEVER : record.openedMs + settings.sessionLifetimeMs;
}

export type TimeoutVerdict = "none" | "warn_idle" | "idle" | "lifetime_reached" | "hello_timeout" | "grace_over" | "stuck_ending";

/** Decides which timeout, if any, is due for a session at `nowMs`. */
export function decideTimeout(record: SessionFacts, nowMs: number, settings: Settings): TimeoutVerdict {
  const { state } = record;
  switch (state.name) {
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

/** The earliest deadline of a session apart from its heartbeat; `NEVER` when there is none. */
export function timeoutDueMs(record: SessionFacts, settings: Settings): number {
  const { state } = record;
  switch (state.name) {
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

/** One deadline of a session: how far off it is in observed time, and what last moved it. */
export interface DeadlineExplanation {
  readonly kind: "hello" | "heartbeat" | "pong" | "idle_warning" | "idle" | "grace" | "lifetime" | "stuck_ending";
  readonly dueInMs: number;
  readonly movedBy: string;
}

/** The earliest deadline in observed milliseconds; `NEVER` when the session has none. */
export function earliestDeadlineMs(record: SessionFacts, settings: Settings): number {
  const timeoutMs = timeoutDueMs(record, settings);
  const { state } = record;
  if (state.name !== "active") return timeoutMs;
  return Math.min(timeoutMs, heartbeatDueMs(state), quietDueMs(state, record.seenMs, settings));
}

/** Every deadline of a session, soonest first. */
export function explainDeadlines(record: SessionFacts, settings: Settings, nowMs: number): DeadlineExplanation[] {
  const list: DeadlineExplanation[] = [];
  const add = (kind: DeadlineExplanation["kind"], dueMs: number, movedBy: string) => {
    if (dueMs !== NEVER) list.push({ kind, dueInMs: dueMs - nowMs, movedBy });
  };
  const { state } = record;
  switch (state.name) {
    case "opening":
      if (state.phase !== "over") add("hello", state.helloByMs, "connecting");
      break;
    case "active":
      add(state.sentMs === NONE ? "heartbeat" : "pong", heartbeatDueMs(state), record.beatMovedBy);
      add("idle_warning", idleWarningDueMs(record, settings), record.idleMovedBy);
      add("idle", expectedIdleMs(record, settings), record.idleMovedBy);
      add("lifetime", lifetimeDueMs(record, settings), record.lifetimeMovedBy);
      break;
    case "suspended":
      add("grace", state.untilMs, `connection lost (${state.loss.reason})`);
      add("lifetime", lifetimeDueMs(record, settings), record.lifetimeMovedBy);
      break;
    case "ending":
      add("stuck_ending", state.detectedMs + STUCK_ENDING_MS, `ending (${state.cause.reason})`);
      break;
    case "ended":
      break;
  }
  return list.sort((a, b) => a.dueInMs - b.dueInMs);
}

/** When the session would end as idle: the armed deadline, or the one that follows the warning still to come. */
function expectedIdleMs(record: SessionFacts, settings: Settings): number {
  const warningMs = idleWarningDueMs(record, settings);
  return warningMs === NEVER ? idleDueMs(record, settings) : warningMs + settings.idleWarningMs;
}
