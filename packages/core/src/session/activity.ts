/** What the user does keeps a session from ending as idle; that it merely answers does not (rule TO1). */
import { type Engine, rearm } from "../engine.ts";
import { takeBackWarning } from "./idleWarning.ts";
import { isOver, type SessionRecord } from "./session.ts";

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
