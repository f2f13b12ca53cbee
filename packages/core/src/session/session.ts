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
import type { EndedRecord, EvictionEvidence, SessionKind } from "../ledger/events.ts";
import type { Heartbeat } from "../tiers/heartbeat.ts";
import { makeNode, NOWHERE, UNARMED, type WheelNode } from "../time/timingWheel.ts";
import type { Peer } from "../transport.ts";
import type { EndReason, Initiator } from "./endReason.ts";
import type { Holdings } from "./resources.ts";

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
  readonly detectionMs?: number;
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

export interface ActiveState {
  readonly kind: "active";
  readonly link: ConnectionHandle;
  readonly beat: Heartbeat;
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
  /** Resolves once the end is durable and everything is released. */
  readonly done: Promise<EndedRecord>;
}

export interface EndedState {
  readonly kind: "ended";
  readonly record: EndedRecord;
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
  /** Place of its round-trip times in the history; -1 before its hello. */
  beatSlot: number;
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
  return makeNode<SessionRecord>({
    wheelPrev: NOWHERE,
    wheelNext: NOWHERE,
    wheelDueMs: UNARMED,
    id,
    kind: "user" as SessionKind,
    user: "",
    room: null,
    peer,
    state: { kind: "opening", link, helloByMs, bytes: 0, frames: 0, phase: "awaiting_hello" } as SessionState,
    epoch: 0,
    openedAtMs: 0,
    openedMs: nowMs,
    seenMs: nowMs,
    seenMonoMs: monoMs,
    activeMs: nowMs,
    activeMonoMs: monoMs,
    idleWarnedMs: -1,
    idleWarningMs: 0,
    idleMovedBy: "connecting",
    beatMovedBy: "connecting",
    lifetimeMovedBy: "opening",
    beatSlot: -1,
    pausesBefore: 0,
    pausedBeforeMs: 0,
    holdings: null,
    tokenHash: "",
    handle: null,
    recorded: null,
  });
}

/** The connection in charge of a session, if it has one. */
export function linkOf(record: SessionRecord): ConnectionHandle | null {
  return record.state.kind === "active" || record.state.kind === "opening" ? record.state.link : null;
}
