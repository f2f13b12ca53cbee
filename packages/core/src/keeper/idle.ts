/** Idleness (rules TO1 and TO2): what the user does moves the deadline; giving the warning, saying it again, taking it back. */

import { idleDueMs, idleWarningDueMs, isWarningOff } from "../rules/timeouts.ts";
import type { Settings } from "../settings/settings.ts";
import { type Engine, rearm, writeEvent } from "./engine.ts";
import { type Active, isOver, type SessionRecord } from "./record.ts";

/** Moves the idle deadline. `movedBy` is for the operator who asks what moved it last. */
export function markActive(engine: Engine, record: SessionRecord, movedBy: string): void {
  if (isOver(record)) return;
  record.activeMs = engine.observed.nowMs;
  record.activeMonoMs = engine.monoMs;
  record.idleMovedBy = movedBy;
  if (record.idleWarnedMs < 0) {
    // The wheel may stay armed for the older, earlier deadline: it finds nothing due then and arms itself again. Only a session
    // that was busy had no idle deadline at all.
    if (record.holdings !== null) rearm(engine, record);
    return;
  }
  takeBackWarning(engine, record);
  rearm(engine, record);
}

/** Tells the client that it is about to end as idle, and promises it the whole warning. */
export function warnIdle(engine: Engine, record: SessionRecord, { link }: Active): void {
  const endsInMs = engine.settings.idleWarningMs;
  record.idleWarnedMs = engine.observed.nowMs;
  record.idleWarningMs = endsInMs;
  record.idleMovedBy = "the idle warning";
  writeEvent(engine, record.id, { type: "idle_warned", endsInMs });
  link.tell({ type: "idle_warning", endsInMs });
}

/** Takes the warning in force back and says so. Rearm afterwards. */
export function takeBackWarning(engine: Engine, record: SessionRecord): void {
  record.idleWarnedMs = -1;
  writeEvent(engine, record.id, { type: "idle_cleared" });
  if (record.state.name === "active") record.state.link.tell({ type: "idle_cleared" });
}

/**
 * Somebody took the session up again. Coming back is no activity, so a warning goes on; but the time without a connection does not count
 * against it, up to one grace in all, so that no number of returns keeps a session for ever.
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
 * Somebody is attached. Once the welcome is on its way, a warning that stands is said again and one that is due is given: whoever comes
 * and goes within one tick is warned too.
 */
export function restateWarning(engine: Engine, record: SessionRecord, state: Active): void {
  const isDue = () => idleWarningDueMs(record, engine.settings) <= engine.observed.nowMs;
  if (record.idleWarnedMs < 0 && !isDue()) return;
  engine.clock.afterInput(() => {
    if (record.state !== state) return;
    if (record.idleWarnedMs >= 0) tellRest(engine, record, state);
    else if (isDue()) warnIdle(engine, record, state);
    if (record.state === state) rearm(engine, record);
  });
}

/** Other settings are in force since `before`: a limit that was raised takes the warning back, or gives it more time. */
export function adjustWarning(engine: Engine, record: SessionRecord, before: Settings): void {
  if (record.idleWarnedMs < 0) return;
  const { settings, observed } = engine;
  if (isWarningOff(record, settings, observed.nowMs)) takeBackWarning(engine, record);
  else if (record.state.name === "active" && idleDueMs(record, settings) !== idleDueMs(record, before))
    tellRest(engine, record, record.state);
}

function tellRest(engine: Engine, record: SessionRecord, { link }: Active): void {
  const endsInMs = Math.max(0, idleDueMs(record, engine.settings) - engine.observed.nowMs);
  link.tell({ type: "idle_warning", endsInMs });
}
