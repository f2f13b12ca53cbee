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

import type { EvictionEvidence, SessionEnd, SessionKind } from "../ports/ledger.ts";
import type { Link } from "../ports/socket.ts";
import type { EndReason, Initiator } from "../protocol/endReason.ts";
import { type Heartbeat, NONE } from "./heartbeat.ts";
import type { Detection } from "./lateness.ts";

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

export interface OpeningState<L extends Link = Link> {
  readonly name: "opening";
  readonly link: L;
  readonly helloByMs: number;
  bytes: number;
  frames: number;
  phase: OpeningPhase;
}

/** The heartbeat lies in the state itself: both are looked at together, once per beat. */
export interface ActiveState<L extends Link = Link> extends Heartbeat {
  readonly name: "active";
  readonly link: L;
}

/** A session that was just attached. Written out field by field: what is spread into an object lies outside of it. */
export function newActiveState<L extends Link>(link: L, firstBeatMs: number): ActiveState<L> {
  return {
    name: "active",
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
  readonly name: "suspended";
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly loss: EndCause;
  readonly misses: number;
}

export interface EndingState {
  readonly name: "ending";
  readonly cause: EndCause;
  readonly detectedMs: number;
  readonly misses: number;
  /** Resolves once the end is durable and everything is released; rejects when the ledger refused it to the last. */
  readonly done: Promise<SessionEnd>;
}

export interface EndedState {
  readonly name: "ended";
  readonly end: SessionEnd;
}

export type SessionState<L extends Link = Link> = OpeningState<L> | ActiveState<L> | SuspendedState | EndingState | EndedState;

/** What decisions about a session are made from. Times in observed milliseconds. */
export interface SessionFacts {
  readonly id: string;
  readonly kind: SessionKind;
  readonly state: SessionState;
  readonly openedMs: number;
  readonly seenMs: number;
  readonly activeMs: number;
  /** When the idle warning went out; -1 when none is in force. */
  readonly idleWarnedMs: number;
  /** Time the warned user was given. */
  readonly idleWarningMs: number;
  /** What moved the idle deadline last, the heartbeat's, and the end of its lifetime, for the operator who asks. */
  readonly idleMovedBy: string;
  readonly beatMovedBy: string;
  readonly lifetimeMovedBy: string;
  /** The work that keeps it busy, and the declared size of what it owns; `null` when there is neither. */
  readonly holdings: { readonly busy: readonly string[]; readonly bytes: number } | null;
}
