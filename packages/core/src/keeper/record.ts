/** All that the keeper holds for one session, in one object. */

import type { SessionKind } from "../ports/ledger.ts";
import type { Link, Peer, SessionSocket } from "../ports/socket.ts";
import type { Notice } from "../protocol/notice.ts";
import type { ActiveState, OpeningState, SessionFacts, SessionState } from "../rules/session.ts";
import { UNARMED, type WheelNode } from "../time/timingWheel.ts";
import { NO_MARK } from "./beatHistory.ts";
import type { Holdings } from "./resources.ts";
import type { Session } from "./types.ts";

/** All that is kept for a session. Times ending in `AtMs` are wall clock, `MonoMs` monotonic, other `Ms` observed time. */
export interface SessionRecord extends SessionFacts, WheelNode {
  id: string;
  kind: SessionKind;
  user: string;
  room: string | null;
  readonly peer: Peer;
  state: LiveState;
  /** Number of the connection in charge; what an older one reports is dropped. */
  epoch: number;
  openedAtMs: number;
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
  /** Mark of its beats in the history; `NO_MARK` before its hello. */
  beatMark: number;
  /** The server's pauses before it opened, to tell those during it. */
  pausesBefore: number;
  pausedBeforeMs: number;
  holdings: Holdings | null;
  /** The application's own. */
  data: unknown;
  tokenHash: string;
  handle: Session | null;
  /** Resolves (never rejects) with whether the opening became durable; `null` before the hello. */
  recorded: Promise<boolean> | null;
}

/** What the keeper asks of the connection in charge of a session. */
export interface SessionLink extends Link {
  readonly socket: SessionSocket;
  readonly isOpen: boolean;
  /** Puts it in charge of a session under an epoch of its own. */
  serve(record: SessionRecord, epoch: number): void;
  /** Sends a notice; a socket that cannot take it is lost. */
  tell(notice: Notice): void;
  /** Sends through the socket; `false` when the socket could not take it, and the session was told so. */
  trySend(send: (socket: SessionSocket) => unknown): boolean;
  /** Bytes that wait for a slow reader. */
  waitingBytes(): number;
  /** Reads what a heartbeat is about to read, and does nothing with it. */
  lookAhead(): number;
  /** Says farewell and drops the connection 2 s later if it is still there. Does so once. */
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

/** A session whose connection was just taken in. Every field is set here, so that all records have one shape. */
export function newSessionRecord({ id, peer, link, helloByMs, nowMs, monoMs }: NewSession): SessionRecord {
  return {
    // First what every heartbeat looks at, so that it lies together.
    state: { name: "opening", link, helloByMs, bytes: 0, frames: 0, phase: "awaiting_hello" },
    epoch: 0,
    wheelDueMs: UNARMED,
    wheelTick: 0,
    wheelIndex: 0,
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
    room: null,
    peer,
    openedAtMs: 0,
    activeMonoMs: monoMs,
    idleWarningMs: 0,
    idleMovedBy: "connecting",
    lifetimeMovedBy: "opening",
    pausesBefore: 0,
    pausedBeforeMs: 0,
    data: undefined,
    tokenHash: "",
    handle: null,
    recorded: null,
  };
}

/** The connection in charge of a session, if it has one. */
export function linkOf(record: SessionRecord): SessionLink | null {
  return record.state.name === "active" || record.state.name === "opening" ? record.state.link : null;
}

/** Whether it ends, has ended, or was refused before it was a session: nothing that is given to it now would ever be released. */
export function isOver({ state }: SessionRecord): boolean {
  return state.name === "ending" || state.name === "ended" || (state.name === "opening" && state.phase === "over");
}

/** Kept, for the compiler leaves out what nobody uses. */
const fetched = { last: 0 };

export function lookAhead(record: SessionRecord): void {
  const { state } = record;
  let sum = record.activeMs + record.beatMark;
  if (state.name === "active") sum += state.misses + state.limitMs + state.link.lookAhead();
  fetched.last = sum;
}
