/** Carries out the decisions of `rules/transition.ts`: attaches, suspends and ends sessions. */

import type { SessionEnd } from "../ports/ledger.ts";
import { endReasons } from "../protocol/endReason.ts";
import { askDueMs, firstBeatDelayMs } from "../rules/heartbeat.ts";
import type { EndCause } from "../rules/session.ts";
import { type LifecycleEvent, type Transition, transition } from "../rules/transition.ts";
import { rowOf } from "./beatHistory.ts";
import { beginEnding, clearSuspicion, detect, whenEnded } from "./end.ts";
import { type Engine, rearm, writeEvent } from "./engine.ts";
import { closeLink } from "./farewell.ts";
import { carryWarningOver, restateWarning } from "./idle.ts";
import type { Death } from "./recent.ts";
import { linkOf, type SessionLink, type SessionRecord } from "./record.ts";
import { refusalCauseOf, refuseOpening } from "./refusal.ts";
import { mintResumeToken } from "./resumeToken.ts";

/** A transition to active, and the connection that caused it. */
export interface Attachment {
  readonly link: SessionLink;
  /** Its client beats by a timer of its own. */
  readonly driven: boolean;
  readonly next: Extract<Transition, { readonly to: "active" }>;
}

/** Makes a connection the session's current one and returns the new resume token. An older connection is superseded. */
export function attach(engine: Engine, record: SessionRecord, { link, driven, next }: Attachment): string {
  const older = next.supersedes ? linkOf(record) : null;
  const { token, hash } = mintResumeToken(engine.random);
  clearSuspicion(engine, record);
  record.epoch += 1;
  engine.tokenHashes.set(rowOf(record.beatMark), hash);
  link.serve(record, record.epoch);
  touchSeen(engine, record);
  record.beatMovedBy = "attaching";
  carryWarningOver(engine, record);
  const dueMs = driven ? askDueMs(record.seenMs, engine.settings) : firstBeatMs(engine);
  const state = link.activate({ driven, dueMs, pauses: engine.observed.pauses });
  engine.registry.move(record, state);
  rearm(engine, record);
  restateWarning(engine, record, state);
  if (older !== null) {
    closeLink(engine, older, { reason: "superseded", detail: endReasons.superseded.text });
    writeEvent(engine, record.id, { type: "superseded", epoch: record.epoch - 1 });
  }
  return token;
}

function firstBeatMs({ settings, observed, random }: Engine): number {
  return observed.nowMs + firstBeatDelayMs(settings.heartbeatIntervalMs, random.float());
}

/** Resumes a session on another connection. */
export function resume(engine: Engine, record: SessionRecord, attachment: Attachment): string {
  const { state } = record;
  const afterMs = state.name === "suspended" ? engine.observed.nowMs - state.sinceMs : 0;
  const token = attach(engine, record, attachment);
  engine.totals.resumed += 1;
  writeEvent(engine, record.id, { type: "resumed", epoch: record.epoch, afterMs });
  noteReturn(engine, record, engine.deaths.get(record.id));
  engine.log.info(`Session ${record.id} resumed`, { epoch: record.epoch });
  engine.events.emit("attached", { session: engine.handleOf(record), resumed: attachment.next.resumed });
  return token;
}

/** Records that a client returned after heartbeats declared it dead; counts one false positive (rule HB5). */
export function noteReturn(engine: Engine, record: SessionRecord, death: Death | undefined): void {
  if (death === undefined) return;
  engine.deaths.refute(death.sessionId);
  const afterMs = engine.observed.nowMs - death.diedMs;
  writeEvent(engine, record.id, { type: "came_back", previousSessionId: death.sessionId, reason: death.reason, afterMs });
}

/** Records the time of a sign of life. */
export function touchSeen(engine: Engine, record: SessionRecord): void {
  record.seenMs = engine.observed.nowMs;
  record.seenMonoMs = engine.monoMs;
}

/** The current connection is gone or declared gone: suspends or ends the session, or refuses a connection before its hello. */
export function lose(engine: Engine, record: SessionRecord, cause: EndCause): void {
  carryOut(engine, record, { type: "lost", cause });
}

/** Ends a session. The first end wins: a later call returns the same promise. */
export function end(engine: Engine, record: SessionRecord, cause: EndCause): Promise<SessionEnd> {
  carryOut(engine, record, { type: "end", cause });
  const { state } = record;
  if (state.name === "ending") return whenEnded(state);
  if (state.name === "ended") return Promise.resolve(state.end);
  const refused = Promise.reject<SessionEnd>(new Error(`session ${record.id} was never opened`));
  refused.catch(() => {});
  return refused;
}

/** The grace of a suspended session is over. */
export function graceOver(engine: Engine, record: SessionRecord): void {
  carryOut(engine, record, { type: "grace_over" });
}

function carryOut(
  engine: Engine,
  record: SessionRecord,
  event: Exclude<LifecycleEvent, { readonly type: "hello" | "recorded" | "attached" }>,
): void {
  const next: Transition = transition(record.state, event, engine.settings.resumeGraceMs);
  switch (next.to) {
    case "suspended":
      rememberDeath(engine, record, next.loss);
      return suspend(engine, record, next);
    case "ending":
      // After a grace the verdict dates from the suspension.
      if (event.type !== "grace_over") rememberDeath(engine, record, next.cause);
      beginEnding(engine, record, next.cause);
      return;
    case "dropped":
      if ("cause" in event) refuseLostOpening(engine, record, event.cause);
      return;
    case "recording":
    case "active":
    case "unchanged":
      return;
  }
}

/** Refuses a connection that was lost before it became a session: only a count of refusals remains, no ledger entry. */
function refuseLostOpening(engine: Engine, record: SessionRecord, { reason, detail }: EndCause): void {
  refuseOpening(engine, record, { cause: refusalCauseOf(reason), reason, detail });
}

function suspend(engine: Engine, record: SessionRecord, { graceMs, loss }: { graceMs: number; loss: EndCause }): void {
  const link = linkOf(record);
  const misses = record.state.name === "active" ? record.state.misses : 0;
  const nowMs = engine.observed.nowMs;
  clearSuspicion(engine, record);
  const verdict = { ...loss, detection: detect(engine, loss) };
  engine.registry.move(record, { name: "suspended", sinceMs: nowMs, untilMs: nowMs + graceMs, loss: verdict, misses });
  rearm(engine, record);
  if (link !== null) closeLink(engine, link, loss);
  engine.log.info(`WebSocket disconnected: ${record.id}`, { reason: loss.reason, suspendedForMs: graceMs });
  writeEvent(engine, record.id, { type: "suspended", reason: loss.reason, graceMs, detail: loss.detail });
  engine.events.emit("suspended", { session: engine.handleOf(record), reason: loss.reason });
}

function rememberDeath(engine: Engine, record: SessionRecord, { reason }: EndCause): void {
  if (endReasons[reason].tier !== "heartbeat") return;
  const tokenHash = engine.tokenHashes.get(rowOf(record.beatMark));
  engine.deaths.add({ sessionId: record.id, reason, tokenHash, diedMs: engine.observed.nowMs });
}
