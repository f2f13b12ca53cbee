/** Putting other settings into force while sessions run (rule HB6). */

import { NONE, rescheduledDueMs } from "../rules/heartbeat.ts";
import { idleDueMs, idleWarningDueMs, lifetimeDueMs } from "../rules/timeouts.ts";
import { heartbeatTerms, idleTerms } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import { inSlices } from "../time/slices.ts";
import { type Engine, rearm } from "./engine.ts";
import { adjustWarning } from "./idle.ts";
import type { SessionRecord } from "./record.ts";

/** Brings every running session over from `before` to the settings in force, in slices; the disposer breaks off. */
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
    noteMoved(engine, record, before);
    if (record.state.name === "active") record.state.link.tell(notice);
    adjustWarning(engine, record, before);
    adjust(engine, record);
  });
}

/** Which deadlines the change moved, for the operator who asks. */
function noteMoved({ settings, revision }: Engine, record: SessionRecord, before: Settings): void {
  const differs = (dueMs: typeof idleDueMs) => dueMs(record, before) !== dueMs(record, settings);
  const movedBy = `settings revision ${revision}`;
  if (differs(idleDueMs) || differs(idleWarningDueMs)) record.idleMovedBy = movedBy;
  if (differs(lifetimeDueMs)) record.lifetimeMovedBy = movedBy;
}

/** An outstanding beat keeps the limit it was sent under; one still to come may be drawn nearer. */
function adjust(engine: Engine, record: SessionRecord): void {
  const { state } = record;
  if (state.name === "active" && state.sentMs === NONE) {
    const intervalMs = engine.settings.heartbeatIntervalMs;
    const dueMs = rescheduledDueMs(state.dueMs, engine.observed.nowMs, { intervalMs, random: engine.random.float() });
    if (dueMs !== state.dueMs) record.beatMovedBy = `settings revision ${engine.revision}`;
    state.dueMs = dueMs;
  }
  rearm(engine, record);
}
