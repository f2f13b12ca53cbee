/** Carries out transitions: attaches, suspends, ends. `transition.ts` decides, this acts. */

import type { SessionEnd, SessionEvent } from "../ports/ledger.ts";
import { endReasons } from "../protocol/endReason.ts";
import { firstBeatDelayMs } from "../rules/heartbeat.ts";
import { type EndCause, newActiveState } from "../rules/session.ts";
import { type LifecycleEvent, type Transition, transition } from "../rules/transition.ts";
import { beginEnding, detect, leaveSuspicion } from "./end.ts";
import { type Engine, rearm } from "./engine.ts";
import { closeLink } from "./farewell.ts";
import { carryWarningOver, restateWarning } from "./idle.ts";
import type { Death } from "./recent.ts";
import { linkOf, type SessionLink, type SessionRecord } from "./record.ts";
import { mintResumeToken } from "./resumeToken.ts";

/** Writes an event of a session to the ledger, at the wall clock's now. */
export function noteSession(engine: Engine, record: SessionRecord, event: SessionEvent): void {
  engine.ledger.event({ atMs: Math.round(engine.clock.wallMs()), sessionId: record.id, event });
}

/** Puts a connection in charge of a session and returns the new resume token. The older connection, if any, is superseded. */
export function attach(engine: Engine, record: SessionRecord, link: SessionLink): string {
  const older = record.state.kind === "active" ? record.state.link : null;
  const { token, hash } = mintResumeToken(engine.random);
  const nowMs = engine.observed.nowMs;
  leaveSuspicion(engine, record);
  record.epoch += 1;
  record.tokenHash = hash;
  link.serve(record, record.epoch);
  touchSeen(engine, record);
  record.beatMovedBy = "attaching";
  carryWarningOver(engine, record);
  const firstBeatMs = nowMs + firstBeatDelayMs(engine.settings.heartbeatIntervalMs, engine.random.float());
  const state = newActiveState(link, firstBeatMs);
  state.pauses = engine.observed.pauses;
  engine.registry.move(record, state);
  rearm(engine, record);
  restateWarning(engine, record, state);
  if (older !== null) {
    closeLink(engine, older, { reason: "superseded", detail: endReasons.superseded.text });
    noteSession(engine, record, { type: "superseded", epoch: record.epoch - 1 });
  }
  return token;
}

/** Takes a session up again on another connection. */
export function resume(engine: Engine, record: SessionRecord, link: SessionLink): string {
  const { state } = record;
  const afterMs = state.kind === "suspended" ? engine.observed.nowMs - state.sinceMs : 0;
  const token = attach(engine, record, link);
  noteSession(engine, record, { type: "resumed", epoch: record.epoch, afterMs });
  noteReturn(engine, record, engine.deaths.get(record.id));
  engine.log.info(`Session ${record.id} resumed`, { epoch: record.epoch });
  engine.events.emit("attached", { session: engine.handleOf(record), resumed: true });
  return token;
}

/** A client shows itself after heartbeats declared it dead: the verdict was wrong, and is counted so, once (rule HB5). */
export function noteReturn(engine: Engine, record: SessionRecord, death: Death | undefined): void {
  if (death === undefined) return;
  engine.deaths.refute(death.sessionId);
  const afterMs = engine.observed.nowMs - death.diedMs;
  noteSession(engine, record, { type: "came_back", previousSessionId: death.sessionId, reason: death.reason, afterMs });
}

/** Remembers a sign of life. */
export function touchSeen(engine: Engine, record: SessionRecord): void {
  record.seenMs = engine.observed.nowMs;
  record.seenMonoMs = engine.monoMs;
}

/** The connection in charge is gone or was declared so: the session is suspended, ends, or was none yet. */
export function lose(engine: Engine, record: SessionRecord, cause: EndCause): void {
  carryOut(engine, record, { type: "lost", cause });
}

/** Ends a session. The first end wins: a later call returns the first one's record. */
export function end(engine: Engine, record: SessionRecord, cause: EndCause): Promise<SessionEnd> {
  carryOut(engine, record, { type: "end", cause });
  const { state } = record;
  if (state.kind === "ending") return state.done;
  if (state.kind === "ended") return Promise.resolve(state.end);
  const refused = Promise.reject<SessionEnd>(new Error(`session ${record.id} was never opened`));
  refused.catch(() => {});
  return refused;
}

/** The grace of a suspended session is over. */
export function graceOver(engine: Engine, record: SessionRecord): void {
  carryOut(engine, record, { type: "grace_over" });
}

function carryOut(engine: Engine, record: SessionRecord, event: LifecycleEvent): void {
  const next: Transition = transition(record.state, event, engine.settings.resumeGraceMs);
  switch (next.to) {
    case "suspended":
      rememberDeath(engine, record, next.loss);
      return suspend(engine, record, next);
    case "ending":
      // The verdict on a session whose grace is over was given when it was suspended.
      if (event.type !== "grace_over") rememberDeath(engine, record, next.cause);
      void beginEnding(engine, record, next.cause);
      return;
    case "dropped":
      return drop(engine, record);
    case "active":
    case "unchanged":
      return;
  }
}

function suspend(engine: Engine, record: SessionRecord, { graceMs, loss }: { graceMs: number; loss: EndCause }): void {
  const link = linkOf(record);
  const misses = record.state.kind === "active" ? record.state.misses : 0;
  const nowMs = engine.observed.nowMs;
  leaveSuspicion(engine, record);
  const verdict = { ...loss, detection: detect(engine, loss) };
  engine.registry.move(record, { kind: "suspended", sinceMs: nowMs, untilMs: nowMs + graceMs, loss: verdict, misses });
  rearm(engine, record);
  if (link !== null) closeLink(engine, link, loss);
  engine.log.info(`WebSocket disconnected: ${record.id}`, { reason: loss.reason, suspendedForMs: graceMs });
  noteSession(engine, record, { type: "suspended", reason: loss.reason, graceMs, detail: loss.detail });
  engine.events.emit("suspended", { session: engine.handleOf(record), reason: loss.reason });
}

/** A connection that never said hello: nothing was opened, nothing is recorded but the count its refusal made. */
function drop(engine: Engine, record: SessionRecord): void {
  engine.wheel.disarm(record);
  engine.registry.removeOpening(record);
}

function rememberDeath(engine: Engine, record: SessionRecord, { reason }: EndCause): void {
  if (endReasons[reason].tier !== "heartbeat") return;
  engine.deaths.add({ sessionId: record.id, reason, tokenHash: record.tokenHash, diedMs: engine.observed.nowMs });
}
