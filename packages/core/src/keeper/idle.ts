/** Idleness (rules TO1 and TO2): activity moves the deadline; the idle warning is sent, repeated and withdrawn here. */

import { idleDueMs, idleWarningDueMs, isWarningObsolete } from "../rules/timeouts.ts";
import type { Settings } from "../settings/settings.ts";
import { type Engine, rearm, writeEvent } from "./engine.ts";
import { type Active, isOver, type SessionRecord } from "./record.ts";

/** Records activity, which moves the idle deadline. `movedBy` is shown to operators. */
export function markActive(engine: Engine, record: SessionRecord, movedBy: string): void {
  if (isOver(record)) return;
  record.activeMs = engine.observed.nowMs;
  record.activeMonoMs = engine.monoMs;
  record.idleMovedBy = movedBy;
  if (record.idleWarnedMs < 0) {
    // The wheel may stay armed for the older, earlier deadline: nothing is due then, and it is rearmed. Only a session that was
    // busy had no idle deadline at all.
    if (record.holdings !== null) rearm(engine, record);
    return;
  }
  withdrawWarning(engine, record);
  rearm(engine, record);
}

/** Warns the client that its session is about to end as idle, and starts the full warning time. */
export function warnIdle(engine: Engine, record: SessionRecord, { link }: Active): void {
  const endsInMs = engine.settings.idleWarningMs;
  record.idleWarnedMs = engine.observed.nowMs;
  record.idleWarningMs = endsInMs;
  record.idleMovedBy = "the idle warning";
  writeEvent(engine, record.id, { type: "idle_warned", endsInMs });
  link.tell({ type: "idle_warning", endsInMs });
}

/** Withdraws the warning in force and tells the client. Rearm afterwards. */
export function withdrawWarning(engine: Engine, record: SessionRecord): void {
  record.idleWarnedMs = -1;
  writeEvent(engine, record.id, { type: "idle_cleared" });
  if (record.state.name === "active") record.state.link.tell({ type: "idle_cleared" });
}

/**
 * Carries a warning over a resume. Resuming is not activity, so the warning stays in force. The time without a connection does
 * not count against it, up to one grace in total, so that repeated resumes cannot keep a session alive for ever.
 */
export function carryWarningOver(engine: Engine, record: SessionRecord): void {
  const { state } = record;
  const { settings, observed } = engine;
  if (state.name !== "suspended" || record.idleWarnedMs < 0) return;
  const latestMs = record.activeMs + settings.sessionTimeoutMs + settings.resumeGraceMs - record.idleWarningMs;
  const shiftedMs = Math.min(record.idleWarnedMs + observed.nowMs - state.sinceMs, latestMs);
  record.idleWarnedMs = Math.max(record.idleWarnedMs, shiftedMs);
}

/**
 * After an attach, once the welcome is on its way, repeats a warning in force or sends one that is due. This also warns a client
 * that connects and disconnects within one tick.
 */
export function restateWarning(engine: Engine, record: SessionRecord, state: Active): void {
  const isDue = () => idleWarningDueMs(record, engine.settings) <= engine.observed.nowMs;
  if (record.idleWarnedMs < 0 && !isDue()) return;
  engine.clock.afterInput(() => {
    if (record.state !== state) return;
    if (record.idleWarnedMs >= 0) sendRemainingTime(engine, record, state);
    else if (isDue()) warnIdle(engine, record, state);
    if (record.state === state) rearm(engine, record);
  });
}

/** After a change of settings: a raised limit withdraws the warning or extends it. */
export function adjustWarning(engine: Engine, record: SessionRecord, before: Settings): void {
  if (record.idleWarnedMs < 0) return;
  const { settings, observed } = engine;
  if (isWarningObsolete(record, settings, observed.nowMs)) withdrawWarning(engine, record);
  else if (record.state.name === "active" && idleDueMs(record, settings) !== idleDueMs(record, before))
    sendRemainingTime(engine, record, record.state);
}

function sendRemainingTime(engine: Engine, record: SessionRecord, { link }: Active): void {
  const endsInMs = Math.max(0, idleDueMs(record, engine.settings) - engine.observed.nowMs);
  link.tell({ type: "idle_warning", endsInMs });
}
