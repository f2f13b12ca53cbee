/** Checks the keeper's internals against the model after every step: nothing superfluous, missing or miscounted. */
import { NO_MARK } from "../../keeper/beatHistory.ts";
import type { SessionRecord } from "../../keeper/record.ts";
import { NEVER } from "../../rules/heartbeat.ts";

import { earliestDeadlineMs } from "../../rules/timeouts.ts";
import { UNARMED } from "../../time/timingWheel.ts";
import type { ModelPhase, SessionModel } from "./sessionModel.ts";
import type { Violation, World } from "./world.ts";

interface Recount {
  armed: number;
  users: number;
  suspects: number;
  beatRows: number;
}

/** The first fault found; `null` when there is none. */
export function structureFault(world: World): Violation | null {
  const recount: Recount = { armed: 0, users: 0, suspects: 0, beatRows: 0 };
  const { registry } = world.engine;
  for (const record of registry.openings.values()) {
    const what = recordFault(world, record, recount);
    if (what !== null) return { rule: "SES1", what };
  }
  for (const record of registry.sessions()) {
    const what = sessionFault(world, record, recount);
    if (what !== null) return { rule: "SES1", what };
  }
  return countFault(world, recount);
}

function countFault({ engine, ledger, models, held, unrecorded, unopened }: World, recount: Recount): Violation | null {
  const { registry, wheel, admission } = engine;
  const fault = (rule: string, what: string, is: number, should: number) =>
    is === should ? null : { rule, what: `${what}: ${is}, not ${should}` };
  return (
    fault("SES1", "sessions and openings known", registry.size + registry.waiting, models.size) ??
    fault(
      "LED1",
      "open rows of the ledger and pending openings",
      ledger.open.size + ledger.pendingOpenings + ledger.unanswered.size,
      registry.size + unrecorded.size - unopened.size,
    ) ??
    fault("TIM1", "deadlines on the wheel", wheel.size, recount.armed) ??
    fault("SES4", "users counted", registry.users, recount.users) ??
    fault("HB3", "suspects counted", registry.suspects, recount.suspects) ??
    fault("SES6", "beat histories in use", engine.history.inUse, recount.beatRows) ??
    fault("SES4", "addresses that hold connections", admission.addresses, held.size)
  );
}

function sessionFault(world: World, record: SessionRecord, recount: Recount): string | null {
  const model = world.sessions.get(record.id);
  if (model === undefined) return `${record.id} is registered but not in the model`;
  if (!agree(record, model)) return `${record.id} is ${record.state.name}, expected ${model.phase}`;
  const { state, holdings } = record;
  if (model.takesPlace) recount.users += 1;
  if (state.name === "active" && state.misses > 0) recount.suspects += 1;
  if (model.phase === "open" || model.phase === "suspended") {
    if (record.seenMs !== model.lifeMs) return `${record.id} was seen at ${record.seenMs}, expected ${model.lifeMs}`;
    if (record.activeMs !== model.activeMs) return `${record.id} was active at ${record.activeMs}, not ${model.activeMs}`;
    if ((holdings?.resources.length ?? 0) !== model.owned().length) return `${record.id} does not own the resources it was given`;
    if ((holdings?.busy.length ?? 0) !== model.busy)
      return `${record.id} has ${holdings?.busy.length} busy marks, not ${model.busy}`;
  }
  return recordFault(world, record, recount);
}

const phases: Readonly<Record<SessionRecord["state"]["name"], readonly ModelPhase[]>> = {
  opening: ["recording"],
  active: ["open"],
  suspended: ["suspended"],
  ending: ["ending"],
  ended: [],
};

function agree(record: SessionRecord, model: SessionModel): boolean {
  return phases[record.state.name].includes(model.phase);
}

/** Checks that a session with a deadline is on the wheel, no later than that deadline, and any other session is not. */
function recordFault({ settings, engine }: World, record: SessionRecord, recount: Recount): string | null {
  const dueMs = earliestDeadlineMs(record, settings.current);
  if (record.beatMark !== NO_MARK) recount.beatRows += 1;
  if (record.wheelDueMs === UNARMED) return dueMs === NEVER ? null : `the wheel misses the deadline of ${record.id}`;
  recount.armed += 1;
  if (record.wheelDueMs > Math.max(dueMs, engine.observed.nowMs))
    return `the wheel would fire late for ${record.id}: ${record.wheelDueMs}, due ${dueMs}, now ${engine.observed.nowMs}`;
  return record.state.name === "ending" ? `${record.id} is ending and has a deadline` : null;
}
