/** Checks whether an end was justified: what must have happened to the session before it may end for each reason. Pure. */
import type { EndReason } from "../../protocol/endReason.ts";
import { SOFT_IDLE_MS } from "../../rules/memory.ts";
import type { SessionModel } from "./sessionModel.ts";
import type { Violation, World } from "./world.ts";

const object = (rule: string, what: string): Violation => ({ rule, what });

/** Why a live or suspended session must not be lost or ended for `reason` now; `null` when it may. */
export function objectionTo(world: World, model: SessionModel, reason: EndReason): Violation | null {
  if (model.justified.includes(reason)) return null;
  if (world.closingDown && reason === "server_shutdown") return null;
  if (model.asked && reason === "ended_by_application") return null;
  if (model.phase === "suspended" && reason === model.lossReason) return objectionToGraceOver(world, model);
  switch (reason) {
    case "connection_lost":
      return model.wire.broken === null ? object("SOC1", "its socket neither closed nor failed") : null;
    case "slow_consumer":
      return model.wire.waiting > world.settings.current.maxBufferedBytes ? null : object("SOC3", "its client reads fast enough");
    case "unreachable":
    case "unresponsive":
      return objectionToDeath(world, model, reason);
    case "idle":
      return objectionToIdle(world, model);
    case "lifetime_reached":
      return objectionToOldAge(world, model);
    case "memory_pressure":
      return objectionToEviction(world, model);
    case "server_full":
      return model.phase === "recording" ? null : object("LED5", "its opening was recorded");
    default:
      return object("SES2", "nothing happened that justifies this reason");
  }
}

function objectionToGraceOver(world: World, { suspendedMs, graceMs }: SessionModel): Violation | null {
  return suspendedMs + graceMs <= world.engine.observed.nowMs ? null : object("SES5", "its grace is not over");
}

function objectionToDeath(world: World, model: SessionModel, reason: EndReason): Violation | null {
  const { wire, misses } = model;
  if (model.phase !== "open") return object("HB5", `it is ${model.phase}`);
  if (!wire.ill) return object("HB3", "its client is healthy and answers");
  const { heartbeatMaxFailures } = world.settings.current;
  if (misses < heartbeatMaxFailures) return object("HB5", `only ${misses} of ${heartbeatMaxFailures} beats were missed`);
  const honest = wire.transportAnswered ? "unresponsive" : "unreachable";
  return reason === honest ? null : object("HB5", `it is ${honest}`);
}

function objectionToIdle(world: World, model: SessionModel): Violation | null {
  const nowMs = world.engine.observed.nowMs;
  if (model.phase !== "open") return object("TO2", `it is ${model.phase}`);
  if (model.busy > 0) return object("TO3", "it is busy");
  const shortest = world.settings.narrowest(model.activeMs);
  if (nowMs - model.activeMs < Math.min(shortest.sessionTimeoutMs, shortest.sessionTimeoutMs - shortest.idleWarningMs))
    return object("TO2", `its user did something ${nowMs - model.activeMs} ms ago`);
  const unchanged = world.settings.changedMs < model.activeMs;
  if (unchanged && nowMs - model.activeMs < shortest.sessionTimeoutMs) return object("TO2", "its timeout is not over");
  if (shortest.idleWarningMs === 0) return null;
  if (model.warnedMs < 0) return object("TO2", "its user was not warned");
  return nowMs - model.warnedMs < model.promisedMs ? object("TO2", "the warned user has time left") : null;
}

function objectionToOldAge(world: World, model: SessionModel): Violation | null {
  const { sessionLifetimeMs } = world.settings.current;
  const ageMs = world.engine.observed.nowMs - model.openedMs;
  return sessionLifetimeMs > 0 && ageMs >= sessionLifetimeMs ? null : object("TO4", `it is ${ageMs} ms old`);
}

function objectionToEviction(world: World, model: SessionModel): Violation | null {
  const { memoryLevel, observed } = world.engine;
  const { memoryOk, memoryHard } = world.settings.current;
  if (model.kind === "admin") return object("MEM3", "it is an admin session");
  if (memoryLevel === "ok" || world.memoryRatio < (memoryLevel === "hard" ? memoryHard : memoryOk))
    return object("MEM1", `memory is at ${world.memoryRatio}`);
  if (model.phase === "suspended") return null;
  if (memoryLevel === "soft") {
    const idle = model.busy === 0 && observed.nowMs - model.activeMs > SOFT_IDLE_MS;
    return idle ? null : object("MEM2", "it is neither suspended nor long idle");
  }
  return model.busy > 0 && someoneRanksBefore(world, model) ? object("MEM3", "it is busy and others are not") : null;
}

function someoneRanksBefore(world: World, victim: SessionModel): boolean {
  for (const model of world.models) {
    const candidate = model.phase === "suspended" || (model.phase === "open" && model.busy === 0);
    if (model !== victim && model.kind === "user" && candidate) return true;
  }
  return false;
}
