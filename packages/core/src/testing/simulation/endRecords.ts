/** Checks the record of an end, and that the session's resources were released. Pure. */
import type { SessionEnd } from "../../ports/ledger.ts";
import { endReasons } from "../../protocol/endReason.ts";
import { objectionToEvidence } from "./evidence.ts";
import type { SessionModel } from "./sessionModel.ts";
import type { Violation, World } from "./world.ts";

/** What is wrong with a record; `null` when it is correct. */
export function objectionToRecord(world: World, model: SessionModel, record: SessionEnd): Violation | null {
  return (
    objectionToReason(world, model, record) ?? objectionToEvidence(world, model, record) ?? objectionToReleases(model, record)
  );
}

function objectionToReason(world: World, model: SessionModel, record: SessionEnd): Violation | null {
  if (record.reason !== model.endReason) return { rule: "SES2", what: `it ended first as ${model.endReason}` };
  if (record.resumeExpired !== (model.lossReason === record.reason))
    return { rule: "SES5", what: `resumeExpired is ${record.resumeExpired}` };
  if (record.lateCause === "unknown")
    return { rule: "LED7", what: `detected late, after ${record.detectionMs} ms, for no known cause` };
  if (endReasons[record.reason].tier !== "heartbeat") return null;
  const { settings, engine, counts } = world;
  const onTime = engine.observed.pauses === model.pausesAtLife && counts.lateTicks === model.lateTicksAtLife;
  const calm = onTime && settings.changedMs < model.lifeMs;
  if (calm && record.boundMs !== null && record.detectionMs > record.boundMs)
    return { rule: "HB5", what: `detected in ${record.detectionMs} ms, bound ${record.boundMs}` };
  return null;
}

function objectionToReleases(model: SessionModel, record: SessionEnd): Violation | null {
  const owned = model.owned();
  if (record.resourcesReleased + record.resourcesFailed.length !== owned.length)
    return { rule: "SES6", what: `${owned.length} resources, ${record.resourcesReleased} released` };
  for (const [index, resource] of owned.entries()) {
    const failed = record.resourcesFailed.some(({ name }) => name === resource.name);
    if (resource.begun === 0) return { rule: "SES6", what: `${resource.name} was never released` };
    if (!failed && resource.released !== 1) return { rule: "SES6", what: `${resource.name} is recorded as released but was not` };
    const next = owned[index + 1];
    if (next !== undefined && next.firstBegun >= resource.firstBegun)
      return { rule: "SES6", what: `${resource.name} was released before ${next.name}` };
  }
  if ((record.cleanup === "complete") !== (record.resourcesFailed.length === 0))
    return { rule: "SES6", what: `its cleanup is recorded as ${record.cleanup}` };
  return null;
}
