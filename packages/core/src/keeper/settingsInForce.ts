/** Applies new settings to running sessions (rule HB6). */

import { NONE, rescheduledAskMs, rescheduledDueMs } from "../rules/heartbeat.ts";
import { idleDueMs, idleWarningDueMs, lifetimeDueMs } from "../rules/timeouts.ts";
import { heartbeatTerms, idleTerms } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import { inSlices } from "../time/slices.ts";
import { type Engine, rearm } from "./engine.ts";
import { adjustWarning } from "./idle.ts";
import type { Active, SessionRecord } from "./record.ts";

/** Moves every running session from `before` to the current settings, in time slices; the disposer stops it. */
export function spreadSettings(engine: Engine, before: Settings): () => void {
  const notice = {
    type: "terms",
    heartbeat: heartbeatTerms(engine.settings),
    idle: idleTerms(engine.settings),
    settingsRevision: engine.revision,
  } as const;
  const { settings } = engine;
  return inSlices(engine.clock, [...engine.registry.sessions()], (record) => {
    if (engine.settings !== settings) return;
    recordMovedDeadlines(engine, record, before);
    if (record.state.name === "active") record.state.link.tell(notice);
    adjustWarning(engine, record, before);
    rescheduleBeat(engine, record);
  });
}

/** Records which deadlines the change moved; shown to operators. */
function recordMovedDeadlines({ settings, revision }: Engine, record: SessionRecord, before: Settings): void {
  const differs = (dueMs: typeof idleDueMs) => dueMs(record, before) !== dueMs(record, settings);
  const movedBy = `settings revision ${revision}`;
  if (differs(idleDueMs) || differs(idleWarningDueMs)) record.idleMovedBy = movedBy;
  if (differs(lifetimeDueMs)) record.lifetimeMovedBy = movedBy;
}

/** Reschedules the next beat. An outstanding beat keeps the limit it was sent under. */
function rescheduleBeat(engine: Engine, record: SessionRecord): void {
  const { state } = record;
  if (state.name === "active" && state.sentMs === NONE) {
    const dueMs = rescheduledMs(engine, record, state);
    if (dueMs !== state.dueMs) record.beatMovedBy = `settings revision ${engine.revision}`;
    state.dueMs = dueMs;
  }
  rearm(engine, record);
}

function rescheduledMs({ settings, observed, random }: Engine, { seenMs }: SessionRecord, { driven, dueMs }: Active): number {
  const { nowMs } = observed;
  if (driven) return rescheduledAskMs(dueMs, seenMs, { nowMs, settings });
  return rescheduledDueMs(dueMs, nowMs, { intervalMs: settings.heartbeatIntervalMs, random: random.float() });
}
