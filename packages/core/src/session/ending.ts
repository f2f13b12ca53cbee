/** How a session ends (rule SES6): one order, and nothing can stop it. */

import type { ConnectionHandle } from "../connection.ts";
import type { Engine } from "../engine.ts";
import type { SessionEnd } from "../ledger/events.ts";
import { causeOf } from "../thrown.ts";
import { endReasons } from "./endReason.ts";
import { closeCodeOf, closeSocket, sayFarewell } from "./farewell.ts";
import { recordEnd } from "./recordEnd.ts";
import { releaseAll } from "./releasing.ts";
import type { ReleaseReport } from "./resources.ts";
import { retryDelayMs } from "./retryDelay.ts";
import { type EndCause, type EndingState, linkOf, type SessionRecord } from "./session.ts";
import { type Circumstances, circumstances, type Detection, detect } from "./verdict.ts";

/**
 * Begins the end: state first, then deadlines, then the socket; the release follows in a slice of its own. Call it only when the
 * transition allows it. Resolves with the record once the end is durable; rejects when the ledger refused it to the last.
 */
export function beginEnding(engine: Engine, record: SessionRecord, cause: EndCause): Promise<SessionEnd> {
  const link = linkOf(record);
  const { promise, resolve, reject } = Promise.withResolvers<SessionEnd>();
  // Whoever waits for it hears of a refusal; that nobody waits is no reason for the process to die.
  promise.catch(() => {});
  const misses = missesOf(record);
  const state: EndingState = { kind: "ending", cause, detectedMs: engine.observed.nowMs, misses, done: promise };
  const begun: Begun = {
    state,
    detection: cause.detection ?? detect(engine, cause),
    circumstances: circumstances(engine, record),
    startedMonoMs: engine.clock.monotonicMs(),
  };
  leaveSuspicion(engine, record);
  engine.registry.move(record, state);
  engine.wheel.disarm(record);
  if (link !== null) closeLink(engine, link, cause);
  engine.log.info(`WebSocket disconnected: ${record.id}`, { reason: cause.reason, detail: cause.detail });
  if (record.recorded !== null) engine.events.emit("ending", { session: engine.handleOf(record), reason: cause.reason });
  engine.endings.add(() => {
    finish(engine, record, begun).then(resolve, reject);
  });
  return promise;
}

/** Closes a socket: notice, close frame, and 2 s later the connection is dropped if it is still there. Never awaited. */
export function closeLink(
  engine: Engine,
  link: ConnectionHandle,
  cause: Pick<EndCause, "reason" | "detail" | "receivedCode">,
): void {
  const entry = endReasons[cause.reason];
  const retryAfterMs = retryDelayMs(cause.reason, { live: engine.registry.size, random: engine.random.float() });
  const closeCode = closeCodeOf(cause.reason);
  const isTold = cause.receivedCode === undefined && entry.closeCode !== null;
  link.shut(() => {
    const farewell = { reason: cause.reason, closeCode, retryAfterMs, detail: cause.detail };
    if (isTold) sayFarewell(engine.guard, link.socket, farewell);
    else closeSocket(engine.guard, link.socket, farewell);
  });
}

function missesOf(record: SessionRecord): number {
  if (record.state.kind === "active") return record.state.misses;
  return record.state.kind === "suspended" ? record.state.misses : 0;
}

/** Keeps the count of suspects right when a session leaves the active state. */
export function leaveSuspicion(engine: Engine, record: SessionRecord): void {
  if (record.state.kind === "active" && record.state.misses > 0) engine.registry.suspectChanged(-1);
}

interface Begun {
  readonly state: EndingState;
  readonly detection: Detection;
  readonly circumstances: Circumstances;
  readonly startedMonoMs: number;
}

async function finish(engine: Engine, record: SessionRecord, begun: Begun): Promise<SessionEnd> {
  const report = record.holdings === null ? { released: 0, failed: [] } : await releaseAll(engine, record);
  const ended = describeEnd(engine, record, { ...begun, report });
  engine.log.info(`Session ${record.id} resources released`, { released: report.released, failed: report.failed.length });
  const recorded = record.recorded !== null && (await record.recorded);
  try {
    if (recorded) await recordEnd(engine, ended);
  } catch (thrown) {
    engine.log.error(causeOf(thrown), { ...ended });
    throw thrown;
  } finally {
    remove(engine, record, ended);
  }
  if (recorded) engine.events.emit("ended", { session: engine.handleOf(record), record: ended });
  return ended;
}

function remove(engine: Engine, record: SessionRecord, ended: SessionEnd): void {
  engine.registry.move(record, { kind: "ended", record: ended });
  engine.registry.remove(record);
  record.beatMark = engine.history.release(record.beatMark);
  engine.log.info(`Removed session ${record.id}`, { reason: ended.reason, tier: ended.tier, detectionMs: ended.detectionMs });
}

function describeEnd(
  engine: Engine,
  record: SessionRecord,
  { state, detection, circumstances, startedMonoMs, report }: Begun & { report: ReleaseReport },
): SessionEnd {
  const { cause } = state;
  const entry = endReasons[cause.reason];
  return {
    sessionId: record.id,
    reason: cause.reason,
    tier: entry.tier,
    initiator: cause.initiator ?? entry.initiator,
    closeCode: cause.receivedCode ?? entry.closeCode,
    detail: cause.detail,
    note: cause.note ?? null,
    operator: cause.operator ?? null,
    ...circumstances,
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
