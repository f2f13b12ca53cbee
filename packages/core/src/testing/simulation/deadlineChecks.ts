/** Checks the published bounds after every step, against the simulation's model. */
import { askDueMs, latenessMs } from "../../rules/heartbeat.ts";
import { heartbeatBoundMs, MAX_RENEWALS, wholeTicks } from "../../settings/bounds.ts";
import type { SessionModel } from "./sessionModel.ts";
import type { Violation, World } from "./world.ts";

/** How long the release of one resource may take; the limit of rule SES6, milliseconds. */
const RELEASE_LIMIT_MS = 5_000;
/** Time from a close frame until the connection is dropped, milliseconds. */
const DROP_AFTER_MS = 2_000;

/** The first bound that was exceeded; `null` when all hold. */
export function overrunBound(world: World): Violation | null {
  const nowMs = world.engine.observed.nowMs;
  for (const model of world.models) {
    const objection = overrunBy(world, model, nowMs);
    if (objection !== null) return objection;
  }
  for (const [wire, sinceMs] of world.closing) {
    if (nowMs - sinceMs > DROP_AFTER_MS + world.plan.tickMs)
      return { rule: "SES6", what: `a socket of ${wire.model.id} is still open ${nowMs - sinceMs} ms after its close frame` };
  }
  return null;
}

function overrunBy(world: World, model: SessionModel, nowMs: number): Violation | null {
  const { tickMs } = world.plan;
  switch (model.phase) {
    case "connecting":
    case "recording":
      return model.helloByMs + tickMs <= nowMs ? overrun("SES4", model, "its hello deadline is over") : null;
    case "open":
      return overrunByOpen(world, model, nowMs);
    case "suspended":
      if (model.suspendedMs + model.graceMs + tickMs <= nowMs) return overrun("SES5", model, "its grace is over");
      return isTooOld(world, model, nowMs) ? overrun("TO4", model, "its lifetime is over") : null;
    case "ending": {
      const limitMs = (model.owned().length + 1) * (RELEASE_LIMIT_MS + 2 * tickMs);
      const late = nowMs - Math.max(model.endingMs, model.refusedMs) > limitMs && world.ledger.condition === "well";
      return late ? overrun("SES6", model, `it has been ending for ${nowMs - model.endingMs} ms`) : null;
    }
    case "over":
      return null;
  }
}

const overrun = (rule: string, { id, phase }: SessionModel, what: string): Violation => ({
  rule,
  what: `${id} is still ${phase} although ${what}`,
});

function overrunByOpen(world: World, model: SessionModel, nowMs: number): Violation | null {
  if (nowMs - model.lifeMs > silenceBoundMs(world, model))
    return overrun("HB5", model, `nothing was heard for ${nowMs - model.lifeMs} ms`);
  if (isQuiet(world, model, nowMs)) return overrun("SOC4", model, "nothing was sent for longer than the keepalive time");
  if (model.wire.driven ? isQuestionMissing(world, model, nowMs) : isBeatMissing(world, model, nowMs))
    return overrun("HB1", model, "no heartbeat was sent when it was due");
  if (isTooIdle(world, model, nowMs)) return overrun("TO2", model, `its user did nothing for ${nowMs - model.activeMs} ms`);
  return isTooOld(world, model, nowMs) ? overrun("TO4", model, "its lifetime is over") : null;
}

/**
 * The detection bound under the widest settings since the last sign of life. A pause adds one renewed beat, at most two in total;
 * a late tick, which counts as two, adds one tick.
 */
function silenceBoundMs(world: World, model: SessionModel): number {
  const { engine, plan, settings, counts } = world;
  const widest = settings.widest(model.lifeMs);
  const pauses = engine.observed.pauses - model.pausesAtLife;
  const renewed = Math.min(pauses, MAX_RENEWALS);
  const lateTicks = counts.lateTicks - model.lateTicksAtLife + pauses;
  return heartbeatBoundMs(widest) + renewed * wholeTicks(widest.heartbeatPongTimeoutMs, plan.tickMs) + lateTicks * plan.tickMs;
}

function isQuiet({ settings, plan }: World, { wire, attachedMs, lifeMs }: SessionModel, nowMs: number): boolean {
  const { keepaliveMs, heartbeatIntervalMs } = settings.current;
  const heartbeatMs = heartbeatIntervalMs + (wire.driven ? latenessMs(settings.current) : 0);
  if (keepaliveMs === 0 || keepaliveMs >= heartbeatMs) return false;
  const trafficMs = wire.driven ? Math.max(wire.sentMs, lifeMs) : wire.sentMs;
  return nowMs - Math.max(trafficMs, attachedMs, settings.changedMs) > wholeTicks(keepaliveMs, plan.tickMs) + plan.tickMs;
}

function isBeatMissing({ settings, plan }: World, { wire, attachedMs }: SessionModel, nowMs: number): boolean {
  if (wire.beat?.answeredMs === null) return false;
  // If the interval was shortened below the time since the beat, the next beat is counted from the answer.
  const begunMs = wire.beat?.sentMs ?? attachedMs;
  const sinceMs = settings.changedMs < begunMs ? begunMs : (wire.beat?.answeredMs ?? attachedMs);
  if (nowMs - sinceMs <= settings.current.heartbeatIntervalMs) return false;
  return nowMs - sinceMs > wholeTicks(settings.widest(sinceMs).heartbeatIntervalMs, plan.tickMs) + plan.tickMs;
}

/** A client that drives was not heard, and not asked. */
function isQuestionMissing({ settings, plan }: World, { wire, lifeMs }: SessionModel, nowMs: number): boolean {
  if (wire.beat?.answeredMs === null || nowMs - lifeMs <= settings.current.heartbeatIntervalMs) return false;
  return nowMs > wholeTicks(askDueMs(lifeMs, settings.widest(lifeMs)), plan.tickMs) + plan.tickMs;
}

function isTooIdle({ settings, plan }: World, model: SessionModel, nowMs: number): boolean {
  if (model.busy > 0 || nowMs - model.activeMs < settings.current.sessionTimeoutMs) return false;
  const widest = settings.widest(model.activeMs);
  const dueMs = Math.max(
    model.activeMs + widest.sessionTimeoutMs,
    // A client that is warned late, because it was suspended or the limits changed, still gets the full warning. A connection
    // that replaces another gains no time.
    model.resumedMs + widest.idleWarningMs,
    settings.changedMs + widest.idleWarningMs,
    model.warnedMs + model.promisedMs,
  );
  return nowMs > dueMs + 2 * plan.tickMs;
}

function isTooOld({ settings, plan }: World, model: SessionModel, nowMs: number): boolean {
  const { sessionLifetimeMs } = settings.current;
  if (sessionLifetimeMs === 0) return false;
  return nowMs >= Math.max(model.openedMs + sessionLifetimeMs, settings.changedMs) + 2 * plan.tickMs;
}
