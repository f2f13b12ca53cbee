/** All deadlines of a session together: the earliest, which the wheel is armed for, and the list an operator reads. */
import type { DeadlineExplanation } from "../keeperTypes.ts";
import type { Settings } from "../settings/settings.ts";
import { heartbeatDueMs, NONE } from "../tiers/heartbeat.ts";
import { quietDueMs } from "../tiers/keepalive.ts";
import { idleDueMs, idleWarningDueMs, lifetimeDueMs, NEVER, STUCK_ENDING_MS, timeoutDueMs } from "../tiers/timeout.ts";
import type { SessionRecord } from "./session.ts";

/** The earliest deadline in observed milliseconds; `NEVER` when the session waits for nothing. */
export function earliestDeadlineMs(record: SessionRecord, settings: Settings): number {
  const timeoutMs = timeoutDueMs(record, settings);
  const { state } = record;
  return state.kind === "active" ? Math.min(timeoutMs, heartbeatDueMs(state), quietDueMs(state, settings)) : timeoutMs;
}

/** Every deadline of a session, soonest first. */
export function explainDeadlines(record: SessionRecord, settings: Settings, nowMs: number): DeadlineExplanation[] {
  const list: DeadlineExplanation[] = [];
  const add = (kind: DeadlineExplanation["kind"], dueMs: number, movedBy: string) => {
    if (dueMs !== NEVER) list.push({ kind, dueInMs: dueMs - nowMs, movedBy });
  };
  const { state } = record;
  switch (state.kind) {
    case "opening":
      if (state.phase !== "over") add("hello", state.helloByMs, "connecting");
      break;
    case "active":
      add(state.sentMs === NONE ? "heartbeat" : "pong", heartbeatDueMs(state), record.beatMovedBy);
      add("idle_warning", idleWarningDueMs(record, settings), record.idleMovedBy);
      add("idle", warnedOrPlannedIdleMs(record, settings), record.idleMovedBy);
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

/** The idle end as things stand: what is armed, or what follows the warning that is still to come. */
function warnedOrPlannedIdleMs(record: SessionRecord, settings: Settings): number {
  const warningMs = idleWarningDueMs(record, settings);
  return warningMs === NEVER ? idleDueMs(record, settings) : warningMs + settings.idleWarningMs;
}
