/**
 * Ends a session (rule SES6), in a fixed order that nothing can interrupt. The verdict is cheap; the rest follows in time slices.
 */

import type { SessionEnd } from "../ports/ledger.ts";
import { causeOf } from "../ports/thrown.ts";
import { type EndReason, endReasons } from "../protocol/endReason.ts";
import { LastbeatError } from "../protocol/lastbeatError.ts";
import { type Delays, type Detection, lateCause } from "../rules/lateness.ts";
import type { EndCause, EndingState } from "../rules/session.ts";
import { boundForReason, pauseProlongsMs } from "../settings/bounds.ts";
import type { Settings } from "../settings/settings.ts";
import { type Engine, wallAt } from "./engine.ts";
import { closeLink } from "./farewell.ts";
import { linkOf, OPENED, type SessionRecord } from "./record.ts";
import { releaseAll } from "./release.ts";
import type { ReleaseReport } from "./resources.ts";

/**
 * Begins the end: first the state, then deadlines, then the socket; the release follows in a later slice.
 * Call it only when the transition allows it.
 */
export function beginEnding(engine: Engine, record: SessionRecord, cause: EndCause): void {
  const link = linkOf(record);
  const misses = missesOf(record);
  const state: EndingState = { name: "ending", cause, detectedMs: engine.observed.nowMs, misses, waiting: null };
  const begun: Begun = {
    state,
    detection: cause.detection ?? detect(engine, cause),
    context: endContext(engine, record),
    startedMonoMs: engine.clock.monotonicMs(),
  };
  clearSuspicion(engine, record);
  engine.registry.move(record, state);
  engine.wheel.disarm(record);
  if (link !== null) closeLink(engine, link, cause);
  if (engine.log.infoEnabled())
    engine.log.info(`WebSocket disconnected: ${record.id}`, { reason: cause.reason, detail: cause.detail });
  if (record.recorded !== null && engine.events.hears("ending"))
    engine.events.emit("ending", { session: engine.handleOf(record), reason: cause.reason });
  engine.endings.add(() => finish(engine, record, begun));
}

/** Resolves with the end once it is durable; rejects when the ledger refused every attempt. */
export function whenEnded(state: EndingState): Promise<SessionEnd> {
  if (state.waiting === null) {
    state.waiting = Promise.withResolvers();
    // Callers that await it see a rejection; if none does, it must not become an unhandled rejection.
    state.waiting.promise.catch(() => {});
  }
  return state.waiting.promise;
}

function missesOf(record: SessionRecord): number {
  if (record.state.name === "active") return record.state.misses;
  return record.state.name === "suspended" ? record.state.misses : 0;
}

/** Keeps the count of suspects correct when a session leaves the active state. */
export function clearSuspicion(engine: Engine, record: SessionRecord): void {
  if (record.state.name === "active" && record.state.misses > 0) engine.registry.suspectChanged(-1);
}

interface Begun {
  readonly state: EndingState;
  readonly detection: Detection;
  readonly context: EndContext;
  readonly startedMonoMs: number;
}

/** Without promises of its own where there is nothing to wait for: all sessions may end in one moment. */
function finish(engine: Engine, record: SessionRecord, begun: Begun): void {
  if (record.holdings === null) released(engine, record, { begun, report: { released: 0, failed: [] } });
  else void releaseAll(engine, record).then((report) => released(engine, record, { begun, report }));
}

function released(
  engine: Engine,
  record: SessionRecord,
  { begun, report }: { readonly begun: Begun; readonly report: ReleaseReport },
): void {
  const { state } = begun;
  const ended = describeEnd(engine, record, begun, report);
  if (engine.log.infoEnabled())
    engine.log.info(`Session ${record.id} resources released`, { released: report.released, failed: report.failed.length });
  if (record.recorded === null) forget(engine, record, { state, ended });
  else void write(engine, record, { state, ended });
}

interface Ended {
  readonly state: EndingState;
  readonly ended: SessionEnd;
}

/** Writes the end, and then knows nothing of the session any more. Never rejects. */
async function write(engine: Engine, record: SessionRecord, { state, ended }: Ended): Promise<void> {
  // The end of a session waits for its opening; that of one whose opening was refused is not written.
  if (record.recorded !== OPENED && (await record.recorded) !== null) return forget(engine, record, { state, ended });
  try {
    await recordEnd(engine, ended);
  } catch (thrown) {
    engine.log.error(causeOf(thrown), { ...ended });
    remove(engine, record, ended);
    state.waiting?.reject(thrown);
    return;
  }
  remove(engine, record, ended);
  if (engine.events.hears("ended")) engine.events.emit("ended", { session: engine.handleOf(record), end: ended });
  state.waiting?.resolve(ended);
}

/** An end that is not in the ledger, because the session is not. */
function forget(engine: Engine, record: SessionRecord, { state, ended }: Ended): void {
  remove(engine, record, ended);
  state.waiting?.resolve(ended);
}

function remove(engine: Engine, record: SessionRecord, ended: SessionEnd): void {
  engine.registry.move(record, { name: "ended", end: ended });
  engine.registry.remove(record);
  record.beatMark = engine.history.release(record.beatMark);
  if (engine.log.infoEnabled())
    engine.log.info(`Removed session ${record.id}`, { reason: ended.reason, tier: ended.tier, detectionMs: ended.detectionMs });
}

function describeEnd(
  engine: Engine,
  record: SessionRecord,
  { state, detection, context, startedMonoMs }: Begun,
  report: ReleaseReport,
): SessionEnd {
  const { cause } = state;
  const entry = endReasons[cause.reason];
  return {
    sessionId: record.id,
    reason: cause.reason,
    tier: entry.tier,
    initiator: entry.initiator,
    closeCode: cause.receivedCode ?? entry.closeCode,
    detail: cause.detail,
    note: cause.note ?? null,
    operator: cause.operator ?? null,
    ...context,
    releasedAtMs: Math.round(engine.clock.wallMs()),
    ...detection,
    cleanupMs: Math.max(0, Math.round(engine.clock.monotonicMs() - startedMonoMs)),
    cleanup: report.failed.length === 0 ? "complete" : "incomplete",
    resourcesReleased: report.released,
    resourcesFailed: report.failed,
    misses: state.misses,
    roundTripsMs: engine.history.read(record.beatMark).filter((beat) => beat !== null && beat >= 0) as number[],
    eviction: cause.eviction ?? null,
    resumeExpired: cause.resumeExpired ?? false,
    crashedBetweenMs: null,
  };
}

/** The detection of a cause that is detected now. */
export function detect(engine: Engine, { reason, causeMs }: Pick<EndCause, "reason" | "causeMs">): Detection {
  const detectedMs = engine.observed.nowMs;
  const detectionMs = Math.max(0, detectedMs - causeMs);
  const boundMs = boundForReason(reason, engine.settings);
  // The fast path: most ends are in time.
  if (boundMs === null || detectionMs <= boundMs) return { detectionMs, boundMs, lateCause: null };
  const inForce = [engine.settings, ...engine.earlierSettings.since(detectedMs - detectionMs)];
  return {
    detectionMs,
    boundMs,
    lateCause: lateCause({ detectedMs, detectionMs, boundMs }, delays(engine, reason, inForce)),
  };
}

function delays({ observed, earlierSettings }: Engine, reason: EndReason, inForce: readonly Settings[]): Delays {
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

/** The part of an end that is captured at the verdict. */
export type EndContext = Pick<
  SessionEnd,
  "lastSeenAtMs" | "lastActiveAtMs" | "detectedAtMs" | "settingsRevision" | "memoryLevel" | "pauses" | "pausedMs"
>;

/** Captures that part now. */
export function endContext(engine: Engine, record: SessionRecord): EndContext {
  const { seenMonoMs, activeMonoMs, pausesBefore } = record;
  const detectedAtMs = Math.round(engine.clock.wallMs());
  return {
    lastSeenAtMs: Math.min(wallAt(engine, seenMonoMs), detectedAtMs),
    lastActiveAtMs: Math.min(wallAt(engine, activeMonoMs), detectedAtMs),
    detectedAtMs,
    settingsRevision: engine.revision,
    memoryLevel: engine.memoryLevel,
    pauses: engine.observed.pauses - pausesBefore.pauses,
    pausedMs: Math.round(engine.observed.pausedMs - pausesBefore.pausedMs),
  };
}

/** Time between attempts to record an end, milliseconds of observed time. */
export const END_RETRY_MS = 1_000;
/** Attempts before giving up. */
export const END_TRIES = 30;

/** The ledger refused to record an end for half a minute. The session has ended nevertheless, and its resources are released. */
function endNotRecorded(end: SessionEnd, cause: unknown): LastbeatError<"end_not_recorded", SessionEnd> {
  const message = `the end of ${end.sessionId} could not be recorded: ${causeOf(cause)}`;
  return new LastbeatError("end_not_recorded", message, { cause, data: end });
}

/**
 * Resolves once the end is durable.
 * @throws {LastbeatError} `end_not_recorded` when the ledger refused every attempt.
 */
export async function recordEnd(engine: Engine, record: SessionEnd): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await engine.ledger.ended(record);
    } catch (thrown) {
      engine.guard.failed("ledger.ended", thrown);
      if (tries === END_TRIES) throw endNotRecorded(record, thrown);
    }
    await waitForRetry(engine);
  }
}

/** After the wait, retries queue with other ends and run in slices, because a ledger that refuses one end refuses thousands. */
function waitForRetry({ endRetries, endings, observed }: Engine): Promise<void> {
  return new Promise((resolve) => endRetries.add(observed.nowMs, () => endings.add(resolve)));
}
