/** Putting other settings into force while sessions run (rule HB6). */
import { type Engine, rearm } from "../engine.ts";
import { adjustWarning } from "../session/idleWarning.ts";
import type { SessionRecord } from "../session/session.ts";
import { NONE, rescheduledDueMs } from "../tiers/heartbeat.ts";
import { idleDueMs, idleWarningDueMs, lifetimeDueMs } from "../tiers/timeout.ts";
import { inSlices } from "../time/slices.ts";
import { heartbeatTerms, idleTerms } from "./bounds.ts";
import { settingFields, settingKeys } from "./fields.ts";
import { type Settings, SettingsError, settingsProblems } from "./settings.ts";

/** What differs between two settings objects, before and after. */
export function settingsDifference(before: Settings, after: Settings): { before: Partial<Settings>; after: Partial<Settings> } {
  const changed = settingKeys.filter((key) => before[key] !== after[key]);
  const pick = (from: Settings) => Object.fromEntries(changed.map((key) => [key, from[key]]));
  return { before: pick(before), after: pick(after) };
}

/**
 * Checks that the keeper can go over to `after`.
 * @throws {SettingsError} when a rule is broken or a setting that is not live differs.
 */
export function checkChange(before: Settings, after: Settings): void {
  const problems = settingsProblems(after);
  for (const key of settingKeys) {
    if (!settingFields[key].live && before[key] !== after[key])
      problems.push({ key, message: "takes effect only at the next start" });
  }
  if (problems.length > 0) throw new SettingsError(problems);
}

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
    if (record.state.kind === "active") record.state.link.tell(notice);
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
  if (state.kind === "active" && state.sentMs === NONE) {
    const intervalMs = engine.settings.heartbeatIntervalMs;
    const dueMs = rescheduledDueMs(state.dueMs, engine.observed.nowMs, { intervalMs, random: engine.random.float() });
    if (dueMs !== state.dueMs) record.beatMovedBy = `settings revision ${engine.revision}`;
    state.dueMs = dueMs;
  }
  rearm(engine, record);
}
