/** The session record: everything the keeper holds for one session, in one object. */

import type { SessionKind } from "../ports/ledger.ts";
import type { Link, Peer, SessionSocket } from "../ports/socket.ts";
import type { Notice } from "../protocol/notice.ts";
import type { ActiveState, OpeningState, SessionFacts, SessionState } from "../rules/session.ts";
import { NO_PAUSES, type PauseTotals } from "../time/observedTime.ts";
import { UNARMED, type WheelNode } from "../time/timingWheel.ts";
import { NO_MARK } from "./beatHistory.ts";
import type { Holdings } from "./resources.ts";
import type { Session } from "./types.ts";

/** Names in `AtMs` are wall-clock time, `MonoMs` monotonic time, other `Ms` observed time. */
export interface SessionRecord extends SessionFacts, WheelNode {
  id: string;
  kind: SessionKind;
  user: string;
  userId: string | null;
  room: string | null;
  readonly peer: Peer;
  state: LiveState;
  /** Number of the current connection; reports from older ones are ignored. */
  epoch: number;
  /** When it opened, by the wall clock, after the keeper was made: a small number, which is no heap object. See `openedAtMs`. */
  openedAfterMs: number;
  openedMs: number;
  seenMs: number;
  seenMonoMs: number;
  activeMs: number;
  activeMonoMs: number;
  idleWarnedMs: number;
  idleWarningMs: number;
  idleMovedBy: string;
  beatMovedBy: string;
  lifetimeMovedBy: string;
  /** Its mark in the beat history; `NO_MARK` before its hello. */
  beatMark: number;
  /** The server's pauses before it opened; subtracted to get those during the session. */
  pausesBefore: PauseTotals;
  holdings: Holdings | null;
  /** The application's data. */
  data: unknown;
  handle: Session | null;
  /** Resolves (never rejects) once the opening is durable or has failed; `null` before the hello. */
  recorded: Promise<OpeningOutcome> | null;
}

/** `null` when the opening is durable, else what the ledger threw. */
export type OpeningOutcome = { readonly thrown: unknown } | null;

/** What `recorded` is once the opening is durable. All share it: one promise each would take more memory than the heartbeat's state. */
export const OPENED: Promise<OpeningOutcome> = Promise.resolve(null);

/** What the keeper needs from a session's current connection. */
export interface SessionLink extends Link {
  readonly socket: SessionSocket;
  readonly isOpen: boolean;
  /** Makes it the session's current connection, under its own epoch. */
  serve(record: SessionRecord, epoch: number): void;
  /** Begins its heartbeat. A connection is attached once; from then on it is the session's active state. */
  activate(beat: Pick<Active, "driven" | "dueMs" | "pauses">): Active;
  /** Sends a notice. If the socket throws, the connection is lost. */
  tell(notice: Notice): void;
  /** Sends through the socket. `false` when it is not open, or when it threw and the connection is lost. */
  trySend(send: (socket: SessionSocket) => unknown): boolean;
  /** Bytes buffered for a slow reader. */
  waitingBytes(): number;
  /** Reads what a heartbeat is about to read, to bring it into the processor's cache. */
  lookAhead(): number;
  /** Calls `farewell` and drops the connection 2 s later if it is still open. Idempotent. */
  shut(farewell: () => void): void;
  /** The client broke the protocol. */
  violated(detail: string): void;
}

export type LiveState = SessionState<SessionLink>;
export type Opening = OpeningState<SessionLink>;
export type Active = ActiveState<SessionLink>;

export interface NewSession {
  readonly id: string;
  readonly peer: Peer;
  readonly link: SessionLink;
  readonly helloByMs: number;
  readonly nowMs: number;
  readonly monoMs: number;
}

/** The record of a newly accepted connection. Every field is set here, so that all records have one hidden class. */
export function newSessionRecord({ id, peer, link, helloByMs, nowMs, monoMs }: NewSession): SessionRecord {
  return {
    // First the fields that every heartbeat reads, so that they are adjacent in memory.
    state: { name: "opening", link, helloByMs, bytes: 0, frames: 0, phase: "awaiting_hello" },
    epoch: 0,
    wheelDueMs: UNARMED,
    wheelPlace: 0,
    holdings: null,
    seenMs: nowMs,
    seenMonoMs: monoMs,
    beatMark: NO_MARK,
    beatMovedBy: "connecting",
    activeMs: nowMs,
    openedMs: nowMs,
    idleWarnedMs: -1,
    id,
    kind: "user",
    user: "",
    userId: null,
    room: null,
    peer,
    openedAfterMs: 0,
    activeMonoMs: monoMs,
    idleWarningMs: 0,
    idleMovedBy: "connecting",
    lifetimeMovedBy: "opening",
    pausesBefore: NO_PAUSES,
    data: undefined,
    handle: null,
    recorded: null,
  };
}

/** The session's current connection, if any. */
export function linkOf(record: SessionRecord): SessionLink | null {
  return record.state.name === "active" || record.state.name === "opening" ? record.state.link : null;
}

/** Whether it is ending, has ended, or was refused before it became a session. A resource added now would never be released. */
export function isOver({ state }: SessionRecord): boolean {
  return state.name === "ending" || state.name === "ended" || (state.name === "opening" && state.phase === "over");
}

/** Holds the sum, because the compiler would eliminate unused reads. */
const fetched = { last: 0 };

/** Reads what the record's heartbeat is about to read, to bring it into the processor's cache. */
export function lookAhead(record: SessionRecord): void {
  const { state } = record;
  let sum = record.activeMs + record.beatMark;
  if (state.name === "active") sum += state.misses + state.limitMs + state.link.lookAhead();
  fetched.last = sum;
}
