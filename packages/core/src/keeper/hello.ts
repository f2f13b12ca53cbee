/** Handles a hello: resumes a session or opens a new one (rules SES4 and SES5, LED1). */

import type { RefusalCause } from "../ports/ledger.ts";
import { messageOf } from "../ports/thrown.ts";
import { hasCode } from "../protocol/lastbeatError.ts";
import type { Welcome } from "../protocol/notice.ts";
import { refuseSession } from "../rules/admission.ts";
import { transition } from "../rules/transition.ts";
import { heartbeatTerms, idleTerms } from "../settings/bounds.ts";
import { rowOf } from "./beatHistory.ts";
import { type Engine, openedAtMs, rearm } from "./engine.ts";
import { markActive } from "./idle.ts";
import { type Attachment, attach, noteReturn, resume } from "./lifecycle.ts";
import { OPENED, type OpeningOutcome, type SessionLink, type SessionRecord } from "./record.ts";
import { forgetOpening, makeRefusal, type RefusalRequest, refuseLink, refuseOpening } from "./refusal.ts";
import { releaseUnrecorded } from "./release.ts";
import { matchesResumeToken } from "./resumeToken.ts";
import type { Hello, HelloResult } from "./types.ts";

export interface HelloRequest {
  readonly link: SessionLink;
  /** The record that the connection serves; `null` when it serves none any more. */
  readonly record: SessionRecord | null;
  readonly hello: Hello<unknown>;
}

/** Answers a hello. On a refusal, the socket has been notified and closed. */
export function handleHello(engine: Engine, { link, record, hello }: HelloRequest): HelloResult | Promise<HelloResult> {
  const { resumeGraceMs } = engine.settings;
  if (record === null || !link.isOpen || transition(record.state, { type: "hello" }, resumeGraceMs).to !== "recording") {
    const detail = record?.state.name === "opening" && link.isOpen ? "a second hello" : "this connection cannot open a session";
    if (record !== null && link.isOpen) link.violated("a second hello");
    return refused(makeRefusal(engine, { cause: "bad_hello", reason: "protocol_error", detail }));
  }
  const parsed = readHello(hello);
  if (parsed === null)
    return refuse(engine, record, { cause: "bad_hello", reason: "protocol_error", detail: "the hello cannot be read" });
  const { resume: claim } = parsed;
  const target = claim === undefined ? undefined : engine.registry.get(claim.sessionId);
  const next = target === undefined ? undefined : transition(target.state, { type: "attached" }, resumeGraceMs);
  if (claim !== undefined && target !== undefined && next?.to === "active") {
    if (!matchesResumeToken(claim.token, engine.tokenHashes.get(rowOf(target.beatMark))))
      return refuse(engine, record, unauthorized(claim.sessionId));
    forgetOpening(engine, record);
    return takeOver(engine, target, { link, driven: isDriven(parsed), next });
  }
  return open(engine, { link, record, hello: parsed });
}

const isDriven = ({ beats }: Hello): boolean => beats === "client";

function accepted(engine: Engine, record: SessionRecord, welcome: Welcome): HelloResult {
  return { accepted: true, session: engine.handleOf(record), welcome };
}

const refused = (refusal: ReturnType<typeof makeRefusal>): HelloResult => ({ accepted: false, refusal });

function refuse(engine: Engine, record: SessionRecord, request: RefusalRequest): HelloResult {
  return refused(refuseOpening(engine, record, request));
}

const unauthorized = (id: string): RefusalRequest => ({
  cause: "unauthorized",
  reason: "unauthorized",
  detail: `${id} is not this client's session`,
});

function takeOver(engine: Engine, target: SessionRecord, attachment: Attachment): HelloResult {
  const token = resume(engine, target, attachment);
  if (!isServedBy(target, attachment.link)) return endedBeforeWelcome(engine, target);
  return accepted(engine, target, welcome(engine, target, { token, resumed: true }));
}

type Opened = HelloRequest & { readonly record: SessionRecord };

/** Opens a session: reserves its place at once, welcomes it when its opening is durable. */
function open(engine: Engine, request: Opened): HelloResult | Promise<HelloResult> {
  const { record, hello } = request;
  const refusal = refusalOf(engine, record, hello);
  if (refusal !== null) return refuse(engine, record, refusal);
  if (record.state.name === "opening") record.state.phase = "recording";
  fillIn(engine, record, hello);
  engine.registry.add(record);
  return recordOpening(engine, record).then((failure) =>
    failure === null ? opened(engine, request) : refuseUnrecorded(engine, request, failureOf(record, failure.thrown)),
  );
}

function opened(engine: Engine, { link, record, hello }: Opened): HelloResult {
  record.recorded = OPENED;
  const next = transition(record.state, { type: "recorded" }, engine.settings.resumeGraceMs);
  if (next.to !== "active") return endedBeforeWelcome(engine, record);
  const token = attach(engine, record, { link, driven: isDriven(hello), next });
  engine.totals.opened += 1;
  // The user could not do anything while the opening was being recorded.
  markActive(engine, record, "opening");
  noteReturnOfClaimant(engine, record, hello);
  if (engine.log.infoEnabled())
    engine.log.info(`Session ${record.id} opened`, { user: record.user, kind: record.kind, address: record.peer.address });
  if (engine.events.hears("opened")) engine.events.emit("opened", { session: engine.handleOf(record) });
  // A listener may have ended the session, and then there is nothing to welcome.
  if (!isServedBy(record, link)) return endedBeforeWelcome(engine, record);
  if (engine.events.hears("attached"))
    engine.events.emit("attached", { session: engine.handleOf(record), resumed: next.resumed });
  if (!isServedBy(record, link)) return endedBeforeWelcome(engine, record);
  return accepted(engine, record, welcome(engine, record, { token, resumed: false }));
}

function refusalOf(engine: Engine, record: SessionRecord, hello: Hello): RefusalRequest | null {
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
  record.userId = hello.userId ?? null;
  record.kind = hello.kind ?? "user";
  record.room = hello.room ?? null;
  record.data = hello.data;
  record.openedAfterMs = Math.round(engine.clock.wallMs() - engine.madeAtMs);
  record.openedMs = engine.observed.nowMs;
  record.seenMs = engine.observed.nowMs;
  record.seenMonoMs = Math.floor(engine.clock.monotonicMs());
  record.activeMs = engine.observed.nowMs;
  record.activeMonoMs = record.seenMonoMs;
  record.idleMovedBy = "opening";
  record.beatMark = engine.history.acquire();
  record.pausesBefore = engine.observed.totals;
}

const isServedBy = ({ state }: SessionRecord, link: SessionLink): boolean => state.name === "active" && state.link === link;

/** The result when the session or its connection ended before the hello could be answered. */
function endedBeforeWelcome(engine: Engine, { state }: SessionRecord): HelloResult {
  const reason = state.name === "ending" ? state.cause.reason : state.name === "active" ? "superseded" : "connection_lost";
  return refused(makeRefusal(engine, { cause: "left_before_hello", reason, detail: "the session or its connection is over" }));
}

/** A validated copy of a hello, because its properties may throw or change when read again; `null` when it is invalid. */
function readHello(hello: Hello<unknown>): Hello<unknown> | null {
  try {
    const { user, userId, room, kind, data, beats, resume: claim } = hello;
    if (typeof user !== "string" || !isTextOrNone(userId)) return null;
    if (!claim) return { user, userId, room, kind, data, beats };
    const { sessionId, token } = claim;
    return typeof sessionId === "string" && typeof token === "string"
      ? { user, userId, room, kind, data, beats, resume: { sessionId, token } }
      : null;
  } catch {
    return null;
  }
}

const isTextOrNone = (value: unknown): boolean => value === undefined || value === null || typeof value === "string";

const durable = (): OpeningOutcome => null;
const notDurable = (thrown: unknown): OpeningOutcome => ({ thrown });

/** Writes the opening. An end of the session waits for it too. */
function recordOpening(engine: Engine, record: SessionRecord): Promise<OpeningOutcome> {
  const { id, kind, user, userId, room, peer } = record;
  const writing = engine.ledger.opened({
    sessionId: id,
    kind,
    user,
    userId,
    room,
    address: peer.address,
    client: peer.client,
    transport: peer.transport,
    openedAtMs: openedAtMs(engine, record),
    settingsRevision: engine.revision,
  });
  record.recorded = writing.then(durable, notDurable);
  return record.recorded;
}

/** Why an opening that could not be recorded is refused. */
function failureOf(record: SessionRecord, thrown: unknown): RefusalRequest {
  if (hasCode(thrown, "session_id_taken")) return unauthorized(record.id);
  return { cause: "ledger", reason: "server_full", detail: messageOf(thrown) };
}

function refuseUnrecorded(engine: Engine, { link, record }: Opened, request: RefusalRequest): HelloResult {
  if (record.state.name !== "opening") return refused(makeRefusal(engine, request));
  engine.registry.remove(record);
  record.beatMark = engine.history.release(record.beatMark);
  forgetOpening(engine, record);
  releaseUnrecorded(engine, record);
  engine.log.warn(`Refused a session: ${request.detail}`, { cause: request.cause, address: record.peer.address });
  return refused(refuseLink(engine, link, request));
}

/** Counts a false positive when the hello proves ownership of a session that was recently declared dead. */
function noteReturnOfClaimant(engine: Engine, record: SessionRecord, { resume: claim }: Hello): void {
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
