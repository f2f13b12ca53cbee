/**
 * What is known at the moment of a verdict: how long it took, and by which settings and in which state of the server it was given.
 * Releasing and recording take time, in which all that may change; the record of the end tells of the verdict.
 */
import { type Engine, wallAt } from "../engine.ts";
import type { EndedRecord } from "../ledger/events.ts";
import { boundForReason } from "../settings/bounds.ts";
import { lateCause } from "./lateness.ts";
import type { EndCause, SessionRecord } from "./session.ts";

/** How long it took to find out, against the bound in force. */
export type Detection = Pick<EndedRecord, "detectionMs" | "boundMs" | "lateCause">;

/** The verdict on a cause that is being found now. */
export function detect(engine: Engine, { reason, causeMs }: Pick<EndCause, "reason" | "causeMs">): Detection {
  const { observed, settings, settingsChangedMs } = engine;
  const detectedMs = observed.nowMs;
  const detectionMs = Math.max(0, detectedMs - causeMs);
  const boundMs = boundForReason(reason, settings);
  const prolongings = { pauseMs: observed.lastPauseMs, settingsMs: settingsChangedMs, lateTickMs: observed.lastLateTickMs };
  return { detectionMs, boundMs, lateCause: lateCause({ detectedMs, detectionMs, boundMs }, prolongings) };
}

/** The circumstances of an end. */
export type Circumstances = Pick<
  EndedRecord,
  "lastSeenAtMs" | "lastActiveAtMs" | "detectedAtMs" | "settingsRevision" | "memoryLevel" | "pauses" | "pausedMs"
>;

/** The circumstances as they are now. */
export function circumstances(engine: Engine, record: SessionRecord): Circumstances {
  const { seenMonoMs, activeMonoMs, pausesBefore, pausedBeforeMs } = record;
  const detectedAtMs = Math.round(engine.clock.wallMs());
  return {
    lastSeenAtMs: Math.min(wallAt(engine, seenMonoMs), detectedAtMs),
    lastActiveAtMs: Math.min(wallAt(engine, activeMonoMs), detectedAtMs),
    detectedAtMs,
    settingsRevision: engine.revision,
    memoryLevel: engine.memoryLevel,
    pauses: engine.observed.pauses - pausesBefore,
    pausedMs: Math.round(engine.observed.pausedMs - pausedBeforeMs),
  };
}
