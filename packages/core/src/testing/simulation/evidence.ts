/** Checks the evidence in the record of an end against what the simulation observed (rule LED7). Pure. */
import type { SessionEnd } from "../../ports/ledger.ts";
import { type EndReason, endReasons } from "../../protocol/endReason.ts";
import { boundForReason } from "../../settings/bounds.ts";
import type { Moment, SessionModel, VerdictMoment } from "./sessionModel.ts";
import { MEMORY_BYTES, type Violation, type World } from "./world.ts";

/** Captures the current moment. */
export function verdictMoment(world: World): VerdictMoment {
  const { engine, clock, settings, counts, memoryLevel, sampledBytes } = world;
  return {
    observedMs: engine.observed.nowMs,
    monoMs: clock.monotonicMs(),
    wallMs: clock.wallMs(),
    settings: settings.current,
    revision: counts.settingsChanges,
    memoryLevel,
    sampledBytes,
    ...pausesNoticed(world),
  };
}

/** The pauses that the keeper can know of; it learns of the last one only at its next tick. */
export function pausesNoticed({ engine, counts, pausedMs, lastPausedMs }: World): Pick<VerdictMoment, "pauses" | "pausedMs"> {
  const unnoticed = engine.observed.pauses < counts.pauses;
  return { pauses: counts.pauses - (unnoticed ? 1 : 0), pausedMs: pausedMs - (unnoticed ? lastPausedMs : 0) };
}

/** Compares every field of a record with its exact expected value. */
export function objectionToEvidence(world: World, model: SessionModel, record: SessionEnd): Violation | null {
  const ending = model.endingVerdict;
  if (ending === null) return null;
  const { reason } = record;
  const entry = endReasons[reason];
  const found = record.resumeExpired && model.lossVerdict !== null ? model.lossVerdict : ending;
  const exact: Partial<SessionEnd> = {
    sessionId: model.id,
    tier: entry.tier,
    initiator: entry.initiator,
    closeCode: model.receivedCode ?? entry.closeCode,
    operator: reason === "ended_by_operator" ? "simulation" : null,
    note: reason === "ended_by_operator" ? "because" : null,
    detectedAtMs: Math.round(ending.wallMs),
    detectionMs: detectionMs(model, reason, found),
    boundMs: boundForReason(reason, found.settings),
    misses: model.lastMisses,
    pauses: ending.pauses - model.pausesAtOpening,
    settingsRevision: ending.revision,
    memoryLevel: ending.memoryLevel,
    crashedBetweenMs: null,
  };
  for (const [field, should] of Object.entries(exact)) {
    const is = record[field as keyof SessionEnd];
    if (is !== should) return { rule: "LED7", what: `${field} is ${is}, expected ${should}` };
  }
  return (
    objectionToTimes(world, model, { record, ending }) ??
    objectionToRoundTrips(model, record) ??
    objectionToEviction(world, record, ending)
  );
}

/** The expected time from cause to detection, by the rule of each reason. */
function detectionMs(model: SessionModel, reason: EndReason, { observedMs }: VerdictMoment): number {
  if (endReasons[reason].tier === "heartbeat" || reason === "overdue") return observedMs - model.lifeMs;
  if (reason === "idle") return observedMs - model.activeMs;
  return reason === "lifetime_reached" ? observedMs - model.openedMs : 0;
}

function objectionToTimes(
  { clock, plan }: World,
  model: SessionModel,
  { record, ending }: { record: SessionEnd; ending: VerdictMoment },
): Violation | null {
  const offsetMs = ending.wallMs - ending.monoMs;
  const isAbout = (atMs: number, { fromMs, toMs }: Moment) => atMs >= offsetMs + fromMs - 2 && atMs <= offsetMs + toMs + 1;
  const fault = (what: string): Violation => ({ rule: "LED7", what });
  if (!isAbout(record.lastSeenAtMs, model.lifeAt)) return fault(`lastSeenAtMs is ${record.lastSeenAtMs - offsetMs}`);
  if (!isAbout(record.lastActiveAtMs, model.activeAt)) return fault(`lastActiveAtMs is ${record.lastActiveAtMs - offsetMs}`);
  const elapsedMs = clock.monotonicMs() - ending.monoMs;
  if (record.cleanupMs < 0 || record.cleanupMs > elapsedMs + 1)
    return fault(`cleaned up in ${record.cleanupMs} of ${elapsedMs} ms`);
  const isSteady = clock.wallMs() - clock.monotonicMs() === offsetMs;
  if (isSteady && Math.abs(record.releasedAtMs - record.detectedAtMs - record.cleanupMs) > 2)
    return fault(`released ${record.releasedAtMs - record.detectedAtMs} ms after its detection`);
  const pausedMs = ending.pausedMs - model.pausedMsAtOpening;
  if (Math.abs(record.pausedMs - pausedMs) > (record.pauses + 1) * plan.tickMs)
    return fault(`paused for ${record.pausedMs} ms, expected ${pausedMs}`);
  return null;
}

function objectionToRoundTrips({ beats, wasDriven }: SessionModel, { roundTripsMs }: SessionEnd): Violation | null {
  const all = beats.filter((beat) => beat >= 0);
  // Beats that came unasked, which the model does not count, push older ones out.
  const should = wasDriven ? all.slice(all.length - roundTripsMs.length) : all;
  if (roundTripsMs.join() === should.join()) return null;
  return { rule: "LED7", what: `its round trips are ${roundTripsMs.join()}, expected ${should.join()}` };
}

function objectionToEviction(world: World, record: SessionEnd, ending: VerdictMoment): Violation | null {
  const { eviction, reason } = record;
  if ((eviction !== null) !== (reason === "memory_pressure")) return { rule: "MEM4", what: `its eviction is ${eviction}` };
  if (eviction === null) return null;
  const { level, usedBytes, limitBytes, rank, batch } = eviction;
  if (level !== ending.memoryLevel || usedBytes !== ending.sampledBytes || limitBytes !== MEMORY_BYTES)
    return { rule: "MEM4", what: `evicted at ${level} with ${usedBytes} of ${limitBytes}` };
  const place = `${batch}/${rank}`;
  if (rank < 1 || batch < 1 || world.evictions.has(place)) return { rule: "MEM4", what: `batch/rank ${place} is repeated` };
  world.evictions.add(place);
  return null;
}
