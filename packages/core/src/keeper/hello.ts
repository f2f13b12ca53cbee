/** What follows a hello: taking a session up again, or opening one (rules SES4 and SES5, LED1). */

import type { RefusalCause } from "../ports/ledger.ts";
import { messageOf } from "../ports/thrown.ts";
import type { EndReason } from "../protocol/endReason.ts";
import { hasCode } from "../protocol/lastbeatError.ts";
import type { Welcome } from "../protocol/notice.ts";
import { refuseSession } from "../rules/admission.ts";
import { transition } from "../rules/transition.ts";
import { heartbeatTerms, idleTerms } from "../settings/bounds.ts";
import { type Engine, rearm } from "./engine.ts";
import { markActive } from "./idle.ts";
import { type Attachment, attach, noteReturn, resume } from "./lifecycle.ts";
import type { SessionLink, SessionRecord } from "./record.ts";
import { forgetOpening, makeRefusal, refuseLink, refuseOpening } from "./refusal.ts";
import { releaseUnrecorded } from "./release.ts";
import { matchesResumeToken } from "./resumeToken.ts";
import type { Hello, HelloResult } from "./types.ts";

export interface HelloRequest {
  readonly link: SessionLink;
  /** The record the connection is in charge of; `null` when it is closed already. */
  readonly record: SessionRecord | null;
  readonly hello: Hello<unknown>;
}

/** Answers a hello. Never rejects: a refusal has told and closed the socket. */
export async function handleHello(engine: Engine, { link, record, hello }: HelloRequest): Promise<HelloResult> {
  const { resumeGraceMs } = engine.settings;
  if (record === null || !link.isOpen || transition(record.state, { type: "hello" }, resumeGraceMs).to !== "recording") {
    const detail = record?.state.name === "opening" && link.isOpen ? "a second hello" : "this connection cannot say hello";
    if (record !== null && link.isOpen) link.violated("a second hello");
    return refused(makeRefusal(engine, { cause: "bad_hello", reason: "protocol_error", detail }));
  }
  const said = readHello(hello);
  if (said === null)
    return refuse(engine, record, { cause: "bad_hello", reason: "protocol_error", detail: "the hello cannot be read" });
  const { resume: claim } = said;
  const target = claim === undefined ? undefined : engine.registry.get(claim.sessionId);
  const next = target === undefined ? undefined : transition(target.state, { type: "attached" }, resumeGraceMs);
  if (claim !== undefined && target !== undefined && next?.to === "active") {
    if (!matchesResumeToken(claim.token, target.tokenHash)) return refuse(engine, record, unauthorized(claim.sessionId));
    forgetOpening(engine, record);
    return takeOver(engine, target, { link, next });
  }
  return open(engine, { link, record, hello: said });
}

const refused = (refusal: ReturnType<typeof makeRefusal>): HelloResult => ({ accepted: false, refusal });

interface Turn {
  readonly cause: RefusalCause;
  readonly reason: EndReason;
  readonly detail: string;
}

function refuse(engine: Engine, record: SessionRecord, turn: Turn): HelloResult {
  return refused(refuseOpening(engine, record, turn));
}

const unauthorized = (id: string): Turn => ({
  cause: "unauthorized",
  reason: "unauthorized",
  detail: `${id} is not this client's session`,
});

function takeOver(engine: Engine, target: SessionRecord, attachment: Attachment): HelloResult {
  const token = resume(engine, target, attachment);
  if (!isServedBy(target, attachment.link)) return wentAway(engine, target);
  return { accepted: true, session: engine.handleOf(target), welcome: welcome(engine, target, { token, resumed: true }) };
}

/** Opens a session: reserved at once, welcomed when its opening is durable. */
async function open(
  engine: Engine,
  { link, record, hello }: HelloRequest & { readonly record: SessionRecord },
): Promise<HelloResult> {
  const turn = turnAwayReason(engine, record, hello);
  if (turn !== null) return refuse(engine, record, turn);
  if (record.state.name === "opening") record.state.phase = "recording";
  fillIn(engine, record, hello);
  engine.registry.add(record);
  const failure = await recordOpening(engine, record);
  if (failure !== null) return refuseUnrecorded(engine, { link, record, turn: failure });
  const next = transition(record.state, { type: "recorded" }, engine.settings.resumeGraceMs);
  if (next.to !== "active") return wentAway(engine, record);
  const token = attach(engine, record, { link, next });
  // Nobody could do anything while the ledger took its time.
  markActive(engine, record, "opening");
  noteClaim(engine, record, hello);
  const session = engine.handleOf(record);
  engine.log.info(`Session ${record.id} opened`, { user: record.user, kind: record.kind, address: record.peer.address });
  engine.events.emit("opened", { session });
  // Whoever was told may have ended it, and then nobody is to be welcomed.
  if (!isServedBy(record, link)) return wentAway(engine, record);
  engine.events.emit("attached", { session, resumed: next.resumed });
  if (!isServedBy(record, link)) return wentAway(engine, record);
  return { accepted: true, session, welcome: welcome(engine, record, { token, resumed: false }) };
}

function turnAwayReason(engine: Engine, record: SessionRecord, hello: Hello): Turn | null {
  if (engine.registry.get(record.id) !== undefined) return unauthorized(record.id);
  if (engine.shuttingDown) return { cause: "shutting_down", reason: "server_shutdown", detail: "the server is stopping" };
  if (hello.kind === "admin") return null;
  const load = { waiting: 0, users: engine.registry.users, memoryHard: engine.memoryLevel === "hard", shuttingDown: false };
  const health = engine.ledger.health();
  const cause = refuseSession(load, engine.settings, health.accepting);
  if (cause === null) return null;
  const details: Partial<Record<RefusalCause, string>> = {
    capacity: `all ${engine.settings.maxSessions} sessions are taken`,
    memory: "the server is short of memory",
    ledger: `the ledger takes no openings: ${health.accepting ? "" : health.cause}`,
  };
  return { cause, reason: "server_full", detail: details[cause] ?? cause };
}

function fillIn(engine: Engine, record: SessionRecord, hello: Hello): void {
  record.user = hello.user;
  record.kind = hello.kind ?? "user";
  record.room = hello.room ?? null;
  record.data = hello.data;
  record.openedAtMs = Math.round(engine.clock.wallMs());
  record.openedMs = engine.observed.nowMs;
  record.seenMs = engine.observed.nowMs;
  record.seenMonoMs = Math.floor(engine.clock.monotonicMs());
  record.activeMs = engine.observed.nowMs;
  record.activeMonoMs = record.seenMonoMs;
  record.idleMovedBy = "opening";
  record.beatMark = engine.history.acquire();
  record.pausesBefore = engine.observed.pauses;
  record.pausedBeforeMs = Math.round(engine.observed.pausedMs);
}

const isServedBy = ({ state }: SessionRecord, link: SessionLink): boolean => state.name === "active" && state.link === link;

/** The session was opened and is over, or its connection is, before the answer to its hello could go out. */
function wentAway(engine: Engine, { state }: SessionRecord): HelloResult {
  const reason = state.name === "ending" ? state.cause.reason : state.name === "active" ? "superseded" : "connection_lost";
  return refused(makeRefusal(engine, { cause: "left_before_hello", reason, detail: "the session or its connection is over" }));
}

/** A copy of a hello: what is read later may throw, or be another. `null` when it is none. */
function readHello(hello: Hello<unknown>): Hello<unknown> | null {
  try {
    const { user, room, kind, data, resume: claim } = hello;
    if (typeof user !== "string") return null;
    if (!claim) return { user, room, kind, data };
    const { sessionId, token } = claim;
    return typeof sessionId === "string" && typeof token === "string"
      ? { user, room, kind, data, resume: { sessionId, token } }
      : null;
  } catch {
    return null;
  }
}

const RECORDED = Promise.resolve(true);

/** Writes the opening; `null` once it is durable. A session that ends meanwhile waits for this too. */
async function recordOpening(engine: Engine, record: SessionRecord): Promise<Turn | null> {
  const { id: sessionId, kind, user, room, peer, openedAtMs } = record;
  const writing = engine.ledger.opened({ sessionId, kind, user, room, ...peer, openedAtMs, settingsRevision: engine.revision });
  record.recorded = writing.then(
    () => true,
    () => false,
  );
  try {
    await writing;
    // One promise for all sessions from here on: a settled one each would cost more than the heartbeat's whole state.
    record.recorded = RECORDED;
    return null;
  } catch (thrown) {
    if (hasCode(thrown, "session_id_taken")) return unauthorized(sessionId);
    return { cause: "ledger", reason: "server_full", detail: messageOf(thrown) };
  }
}

function refuseUnrecorded(
  engine: Engine,
  { link, record, turn }: { link: SessionLink; record: SessionRecord; turn: Turn },
): HelloResult {
  if (record.state.name !== "opening") return refused(makeRefusal(engine, turn));
  engine.registry.remove(record);
  record.beatMark = engine.history.release(record.beatMark);
  forgetOpening(engine, record);
  releaseUnrecorded(engine, record);
  engine.log.warn(`Refused a session: ${turn.detail}`, { cause: turn.cause, address: record.peer.address });
  return refused(refuseLink(engine, link, turn));
}

/** A hello that names a session declared dead a moment ago, and proves that it was its own. */
function noteClaim(engine: Engine, record: SessionRecord, { resume: claim }: Hello): void {
  if (claim === undefined) return;
  const death = engine.deaths.get(claim.sessionId);
  if (death !== undefined && matchesResumeToken(claim.token, death.tokenHash)) noteReturn(engine, record, death);
}

function welcome(engine: Engine, record: SessionRecord, { token, resumed }: { token: string; resumed: boolean }): Welcome {
  rearm(engine, record);
  return {
    sessionId: record.id,
    resumeToken: token,
    resumed,
    resumeGraceMs: engine.settings.resumeGraceMs,
    heartbeat: heartbeatTerms(engine.settings),
    idle: idleTerms(engine.settings),
    settingsRevision: engine.revision,
    serverTimeMs: Math.round(engine.clock.wallMs()),
  };
}
