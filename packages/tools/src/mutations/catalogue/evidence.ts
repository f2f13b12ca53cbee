/** What an end tells of itself: each field replaced by a constant or by another that is nearly the same. */
import type { Mutation } from "../mutation.ts";

const file = "packages/core/src/keeper/end.ts";
const tests = ["packages/core/src/keeper"];

const field = (does: string, find: string, replace: string): Mutation => ({ rule: "LED7", does, file, find, replace, tests });

export const evidence: readonly Mutation[] = [
  field("records no settings revision", "    settingsRevision: engine.revision,\n", "    settingsRevision: 0,\n"),
  field("counts no pauses", "pauses: engine.observed.pauses - pausesBefore.pauses", "pauses: 0"),
  field(
    "counts pauses of before the session",
    "pauses: engine.observed.pauses - pausesBefore.pauses",
    "pauses: engine.observed.pauses",
  ),
  field(
    "records no time of pauses",
    "pausedMs: Math.round(engine.observed.pausedMs - pausesBefore.pausedMs)",
    "pausedMs: Math.min(0, pausesBefore.pausedMs)",
  ),
  field(
    "takes the verdict for the moment a client was last seen",
    "lastSeenAtMs: Math.min(wallAt(engine, seenMonoMs), detectedAtMs)",
    "lastSeenAtMs: detectedAtMs",
  ),
  field(
    "takes the client's last sign of life for its user's last activity",
    "lastActiveAtMs: Math.min(wallAt(engine, activeMonoMs), detectedAtMs)",
    "lastActiveAtMs: Math.min(wallAt(engine, seenMonoMs), detectedAtMs)",
  ),
  field(
    "records no moment of the verdict",
    "    detectedAtMs,\n    settingsRevision",
    "    detectedAtMs: 0,\n    settingsRevision",
  ),
  field(
    "takes the verdict for the release",
    "releasedAtMs: Math.round(engine.clock.wallMs())",
    "releasedAtMs: context.detectedAtMs",
  ),
  field("takes no time to clean up", "Math.max(0, Math.round(engine.clock.monotonicMs() - startedMonoMs))", "0 * startedMonoMs"),
  field(
    "keeps no round trips",
    "roundTripsMs: engine.history.read(record.beatMark).filter((beat) => beat !== null && beat >= 0) as number[]",
    "roundTripsMs: []",
  ),
  field("keeps misses and pauses among the round trips", ".filter((beat) => beat !== null && beat >= 0)", ".filter(() => true)"),
  field("always had memory enough", "memoryLevel: engine.memoryLevel", 'memoryLevel: "ok"'),
  field("brought every end about itself", "initiator: entry.initiator", 'initiator: "server"'),
];
