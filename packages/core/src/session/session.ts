/**
 * The states of a session. Each holds only what makes sense in it.
 *
 *   accept ──▶ opening ──── opening durable ───▶ active ◀──── attach ──── suspended
 *                 │                               │ │                        ▲ │
 *                 │ no hello: dropped,            │ └── connection lost, ────┘ │
 *                 │ never a session               │     grace > 0              │ grace over
 *                 ▼                               ▼                            ▼
 *              (gone)                           ending ◀───────────────────────┘
 *                                                 │ released and durable
 *                                                 ▼
 *                                               ended
 */
import type { ConnectionHandle } from "../connection.ts";
import type { Session } from "../keeperTypes.ts";
import type { EvictionEvidence, SessionEnd, SessionKind } from "../ledger/events.ts";
import { type Heartbeat, NONE } from "../tiers/heartbeat.ts";
import { UNARMED, type WheelNode } from "../time/timingWheel.ts";
import type { Peer } from "../transport.ts";
import { NO_MARK } from "./beatHistory.ts";
import type { EndReason, Initiator } from "./endReason.ts";
import type { Holdings } from "./resources.ts";
import type { Detection } from "./verdict.ts";

/** Why a session ends, as the tier that found it says. Times in observed milliseconds. */
export interface EndCause {
  readonly reason: EndReason;
  readonly detail: string;
  /** When what caused it happened; the detection time counts from here. */
  readonly causeMs: number;
  /** The close code that came from the client; without it the catalogue's is sent. */
  readonly receivedCode?: number;
  readonly initiator?: Initiator;
  readonly operator?: string;
  readonly note?: string;
  readonly eviction?: EvictionEvidence;
  readonly resumeExpired?: boolean;
  /** Set when the verdict came before the end, as for a session that was suspended first. */
  readonly detection?: Detection;
}

/**
 * `recording`: the hello is accepted and its opening is on the way to the ledger. `over`: it was refused, or its connection took up
 * another session; nothing about it matters any more.
 */
export type OpeningPhase = "awaiting_hello" | "recording" | "over";

export interface OpeningState {
  readonly kind: "opening";
  readonly link: ConnectionHandle;
  readonly helloByMs: number;
  bytes: number;
  frames: number;
  phase: OpeningPhase;
}

/** The heartbeat lies in the state itself: both are looked at together, once a beat. */
export interface ActiveState extends Heartbeat {
  readonly kind: "active";
  readonly link: ConnectionHandle;
}

/** A session that was just attached. Written out field by field: what is spread into an object lies outside of it. */
export function newActiveState(link: ConnectionHandle, firstBeatMs: number): ActiveState {
  return {
    kind: "active",
    link,
    misses: 0,
    dueMs: firstBeatMs,
    sentMs: NONE,
    sentMonoMs: 0,
    limitMs: 0,
    pauses: 0,
    renewals: 0,
    transportAnswered: false,
    suspectMs: NONE,
  };
}

export interface SuspendedState {
  readonly kind: "suspended";
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly loss: EndCause;
  readonly misses: number;
}

export interface EndingState {
  readonly kind: "ending";
  readonly cause: EndCause;
  readonly detectedMs: number;
  readonly misses: number;
  /** Resolves once the end is durable and everything is released; rejects when the ledger refused it to the last. */
  readonly done: Promise<SessionEnd>;
}

export interface EndedState {
  readonly kind: "ended";
  readonly record: SessionEnd;
}

export type SessionState = OpeningState | ActiveState | SuspendedState | EndingState | EndedState;

/** All that is kept for a session. Times ending in `AtMs` are wall clock, `MonoMs` monotonic, other `Ms` observed time. */
export interface SessionRecord extends WheelNode {
  id: string;
  kind: SessionKind;
  user: string;
  room: string | null;
  readonly peer: Peer;
  state: SessionState;
  /** Number of the connection in charge; what an older one reports is dropped. */
  epoch: number;
  openedAtMs: number;
  openedMs: number;
  seenMs: number;
  seenMonoMs: number;
  activeMs: number;
  activeMonoMs: number;
  /** When the idle warning went out; -1 when none is in force. */
  idleWarnedMs: number;
  /** Time the warned user was given. */
  idleWarningMs: number;
  /** What moved the idle deadline last, the heartbeat's, and the end of its lifetime, for the operator who asks. */
  idleMovedBy: string;
  beatMovedBy: string;
  lifetimeMovedBy: string;
  /** Mark of its beats in the history; `NO_MARK` before its hello. */
  beatMark: number;
  /** The server's pauses before it opened, to tell those during it. */
  pausesBefore: number;
  pausedBeforeMs: number;
  holdings: Holdings | null;
  tokenHash: string;
  handle: Session | null;
  /** Resolves (never rejects) with whether the opening became durable; `null` before the hello. */
  recorded: Promise<boolean> | null;
}

export interface NewSession {
  readonly id: string;
  readonly peer: Peer;
  readonly link: ConnectionHandle;
  readonly helloByMs: number;
  readonly nowMs: number;
  readonly monoMs: number;
}

/** A session whose connection was just taken in. Every field is set here, so that all records have one shape. */
export function newSessionRecord({ id, peer, link, helloByMs, nowMs, monoMs }: NewSession): SessionRecord {
  return {
    // First what every heartbeat looks at, so that it lies together.
    state: { kind: "opening", link, helloByMs, bytes: 0, frames: 0, phase: "awaiting_hello" },
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
    tokenHash: "",
    handle: null,
    recorded: null,
  };
}

/** The connection in charge of a session, if it has one. */
export function linkOf(record: SessionRecord): ConnectionHandle | null {
  return record.state.kind === "active" || record.state.kind === "opening" ? record.state.link : null;
}

/** Whether it ends, has ended, or was refused before it was a session: nothing that is given to it now would ever be released. */
export function isOver({ state }: SessionRecord): boolean {
  return state.kind === "ending" || state.kind === "ended" || (state.kind === "opening" && state.phase === "over");
}
