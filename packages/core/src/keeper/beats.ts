/** Carries out the decisions of `rules/heartbeat.ts`: beats, misses, deaths, refutations and keepalives. */

import type { SessionSocket } from "../ports/socket.ts";
import { askDueMs, deathOf, decideHeartbeat, latenessMs, NONE, nextBeatDueMs, quietDueMs } from "../rules/heartbeat.ts";
import { type Engine, rearm, writeEvent } from "./engine.ts";
import { lose, noteReturn, touchSeen } from "./lifecycle.ts";
import type { Active, SessionRecord } from "./record.ts";

// Allocated once, because sending a beat is the most frequent operation.
const beatOnce = (socket: SessionSocket): void => socket.heartbeat();
const pingOnce = (socket: SessionSocket): void => socket.ping();

/** Does whatever is due for a session's heartbeat. */
export function heartbeatDue(engine: Engine, record: SessionRecord, state: Active): void {
  const { settings, observed } = engine;
  const askMs = askDueMs(record.seenMs, settings);
  const limits = { maxFailures: settings.heartbeatMaxFailures, pauses: observed.pauses, askMs };
  switch (decideHeartbeat(state, observed.nowMs, limits)) {
    case "wait":
      return;
    case "heard":
      return wasHeard(engine, record, { state, askMs });
    case "send":
      record.beatMovedBy = "a heartbeat that was sent";
      return sendBeat(engine, record, state, fromMs(engine, state));
    case "renew":
      record.beatMovedBy = "a server pause";
      state.renewals += 1;
      return sendBeat(engine, record, state);
    case "miss":
      return miss(engine, record, state);
    case "dead":
      return declareDead(engine, record, state);
  }
}

/** A client that drives has beaten (rule HB10). Seen here, once per interval, so that a beat costs nothing when it arrives. */
function wasHeard(engine: Engine, record: SessionRecord, { state, askMs }: { state: Active; askMs: number }): void {
  if (state.pauses !== engine.observed.pauses) {
    state.pauses = engine.observed.pauses;
    if (!notifyPause(engine, record, state)) return;
  }
  record.beatMark = engine.history.heard(record.beatMark);
  engine.totals.heartbeatsFromClients += 1;
  state.dueMs = askMs;
  record.beatMovedBy = "a heartbeat of the client's own";
}

/** From when a beat that is sent now is judged: where the client drives, from when its own was due (rule HB10). */
function fromMs({ settings, observed }: Engine, { driven }: Active): number {
  return driven ? observed.nowMs - latenessMs(settings) : observed.nowMs;
}

function sendBeat(engine: Engine, record: SessionRecord, state: Active, judgedFromMs = engine.observed.nowMs): void {
  const { link } = state;
  if (slowConsumerCheck(engine, record, state)) return;
  if (state.pauses !== engine.observed.pauses && !notifyPause(engine, record, state)) return;
  state.sentMs = judgedFromMs;
  state.sentMonoMs = engine.monoMs;
  state.limitMs = engine.settings.heartbeatPongTimeoutMs;
  state.pauses = engine.observed.pauses;
  if (!link.trySend(beatOnce)) return;
  engine.totals.heartbeatsSent += 1;
  if (engine.log.debugEnabled()) engine.log.debug(`Heartbeat sent to ${record.id}`);
}

/** Records a server pause since the last beat and tells the client. `false` when sending the notice ended the session. */
function notifyPause(engine: Engine, record: SessionRecord, state: Active): boolean {
  record.beatMark = engine.history.paused(record.beatMark);
  state.link.tell({ type: "paused" });
  return record.state === state;
}

/** Counts a miss (rule HB3). Sends another beat at once, and a protocol-level ping to probe the transport beneath the page. */
function miss(engine: Engine, record: SessionRecord, state: Active): void {
  const { link } = state;
  state.misses += 1;
  if (state.misses === 1) {
    state.suspectMs = state.sentMs;
    state.transportAnswered = false;
    engine.registry.suspectChanged(1);
  }
  reportMiss(engine, record, state.misses, state.limitMs);
  // Listeners run before anything is sent, because a send can end the session. So can a listener.
  engine.events.emit("suspect", { session: engine.handleOf(record), miss: state.misses });
  if (record.state !== state) return;
  record.beatMovedBy = "a heartbeat that was missed";
  sendBeat(engine, record, state);
  if (record.state === state) link.trySend(pingOnce);
}

function reportMiss(engine: Engine, record: SessionRecord, missNumber: number, limitMs: number): void {
  const maxFailures = engine.settings.heartbeatMaxFailures;
  const cause = `no answer within ${limitMs / 1000} s`;
  record.beatMark = engine.history.missed(record.beatMark);
  engine.totals.heartbeatsMissed += 1;
  if (missNumber === 1) engine.totals.suspicions += 1;
  engine.log.warn(`Heartbeat failed for ${record.id} (${missNumber}/${maxFailures}): ${cause}`);
  writeEvent(engine, record.id, { type: "suspect", miss: missNumber, maxFailures, cause });
}

function declareDead(engine: Engine, record: SessionRecord, state: Active): void {
  if (state.misses === 0) engine.registry.suspectChanged(1);
  state.misses += 1;
  reportMiss(engine, record, state.misses, state.limitMs);
  engine.log.error(`Max heartbeat failures reached for ${record.id}, disconnecting`);
  const reason = deathOf(state);
  const silentMs = engine.observed.nowMs - record.seenMs;
  const how =
    reason === "unresponsive"
      ? "the transport answered a ping, the page or process did not"
      : "nothing answered, not even the transport";
  lose(engine, record, {
    reason,
    detail: `${state.misses} heartbeats unanswered, silent for ${silentMs / 1000} s: ${how}`,
    causeMs: record.seenMs,
  });
}

/** Handles an application frame: it answers the outstanding beat and clears the misses (rules HB2 and HB4). */
export function signOfLife(engine: Engine, record: SessionRecord, beat: Active): void {
  touchSeen(engine, record);
  if (beat.sentMs === NONE) return;
  engine.totals.heartbeatsAnswered += 1;
  record.beatMark = engine.history.answered(record.beatMark, engine.clock.monotonicMs() - beat.sentMonoMs);
  beat.dueMs = dueAfterAnswer(engine, record, beat);
  beat.sentMs = NONE;
  beat.renewals = 0;
  record.beatMovedBy = "an answered heartbeat";
  if (beat.misses > 0) refute(engine, record, beat);
  // Rearmed now, while the session is in the processor's cache. Otherwise it would be fetched again at the pong deadline, in
  // vain.
  rearm(engine, record);
}

function dueAfterAnswer({ settings, observed, random }: Engine, { seenMs }: SessionRecord, beat: Active): number {
  if (beat.driven) return askDueMs(seenMs, settings);
  return nextBeatDueMs(beat.sentMs, observed.nowMs, { intervalMs: settings.heartbeatIntervalMs, random });
}

function refute(engine: Engine, record: SessionRecord, beat: Active): void {
  const { misses } = beat;
  const afterMs = engine.observed.nowMs - beat.suspectMs;
  beat.misses = 0;
  engine.totals.suspicionsRefuted += 1;
  beat.suspectMs = NONE;
  beat.transportAnswered = false;
  engine.registry.suspectChanged(-1);
  engine.silences.add({ silenceMs: afterMs, outcome: "answered" });
  writeEvent(engine, record.id, { type: "refuted", misses, afterMs });
  engine.log.info(`Session ${record.id} answered again after ${misses} missed`, { afterMs });
  engine.events.emit("refuted", { session: engine.handleOf(record), misses });
}

/** Handles a frame from a client that was declared dead: counts the verdict as a false positive, once. */
export function lateSignOfLife(engine: Engine, record: SessionRecord): void {
  noteReturn(engine, record, engine.deaths.get(record.id));
}

/** Ends a session whose client reads too slowly (rule SOC3) or whose socket cannot report its buffer. `true` when it did. */
export function slowConsumerCheck(engine: Engine, record: SessionRecord, state: Active): boolean {
  const waiting = state.link.waitingBytes();
  if (record.state !== state) return true;
  if (waiting <= engine.settings.maxBufferedBytes) return false;
  const detail = `${waiting} bytes were waiting, more than ${engine.settings.maxBufferedBytes}`;
  lose(engine, record, { reason: "slow_consumer", detail, causeMs: engine.observed.nowMs });
  return true;
}

// Allocated once, as for heartbeats.
const keepOpenOnce = (socket: SessionSocket): void => socket.keepOpen?.();

/** Sends a keepalive if the connection has been quiet for the keepalive time. */
export function keepOpen({ settings, observed }: Engine, { seenMs }: SessionRecord, state: Active): void {
  if (quietDueMs(state, seenMs, settings) <= observed.nowMs) state.link.trySend(keepOpenOnce);
}
