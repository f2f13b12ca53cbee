/**
 * What is known at the moment of a verdict: how long it took, and by which settings and in which state of the server it was given.
 * Releasing and recording take time, in which all that may change; the record of the end tells of the verdict.
 */
import { type Engine, wallAt } from "../engine.ts";
import type { SessionEnd } from "../ledger/events.ts";
import { boundForReason, pauseProlongsMs } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import type { EndReason } from "./endReason.ts";
import { lateCause, type Prolongings } from "./lateness.ts";
import type { EndCause, SessionRecord } from "./session.ts";

/** How long it took to find out, against the bound in force. */
export type Detection = Pick<SessionEnd, "detectionMs" | "boundMs" | "lateCause">;

/** The verdict on a cause that is being found now. */
export function detect(engine: Engine, { reason, causeMs }: Pick<EndCause, "reason" | "causeMs">): Detection {
  const detectedMs = engine.observed.nowMs;
  const detectionMs = Math.max(0, detectedMs - causeMs);
  const boundMs = boundForReason(reason, engine.settings);
  // Most ends are in time, and cost no more than this.
  if (boundMs === null || detectionMs <= boundMs) return { detectionMs, boundMs, lateCause: null };
  const inForce = [engine.settings, ...engine.earlierSettings.since(detectedMs - detectionMs)];
  return {
    detectionMs,
    boundMs,
    lateCause: lateCause({ detectedMs, detectionMs, boundMs }, prolongings(engine, reason, inForce)),
  };
}

function prolongings({ observed, earlierSettings }: Engine, reason: EndReason, inForce: readonly Settings[]): Prolongings {
  const most = (msOf: (settings: Settings) => number) => Math.max(...inForce.map(msOf));
  return {
    pauseMs: observed.lastPauseMs,
    pausesAddMs: most(pauseProlongsMs),
    settingsMs: earlierSettings.changedMs,
    longestBoundMs: most((settings) => boundForReason(reason, settings) ?? 0),
    lateTickMs: observed.lastLateTickMs,
    lateTicksAddMs: most(({ heartbeatMaxFailures, tickMs }) => (heartbeatMaxFailures + 1) * tickMs),
  };
}

/** The circumstances of an end. */
export type Circumstances = Pick<
  SessionEnd,
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
