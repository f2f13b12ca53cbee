/**
 * The states of a session, each with only the fields that make sense in it.
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
import type { EndReason } from "../protocol/endReason.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Detection } from "./lateness.ts";

/** Why a session ends, according to the tier that detected it. Times in observed milliseconds. */
export interface EndCause {
  readonly reason: EndReason;
  readonly detail: string;
  /** When the cause occurred; the detection time counts from here. */
  readonly causeMs: number;
  /** The close code received from the client; if absent, the catalogue's code is sent. */
  readonly receivedCode?: number;
  readonly operator?: string;
  readonly note?: string;
  readonly eviction?: EvictionEvidence;
  readonly resumeExpired?: boolean;
  /** Set when the verdict preceded the end, as for a session that was suspended first. */
  readonly detection?: Detection;
}

/**
 * `recording`: the hello is accepted and its opening is being written to the ledger.
 * `over`: it was refused, or its connection resumed another session; the record no longer matters.
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

/**
 * The heartbeat's fields are part of the state, because both are read together, once per beat. In the keeper the connection itself is the
 * state: it is attached once, and its heartbeat begins then.
 */
export interface ActiveState<L extends Link = Link> extends Heartbeat {
  readonly name: "active";
  readonly link: L;
}

export interface SuspendedState {
  readonly name: "suspended";
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly loss: EndCause;
  readonly misses: number;
}

/** What settles for those who wait for an end. */
export interface EndWaiting {
  readonly promise: Promise<SessionEnd>;
  resolve(end: SessionEnd): void;
  reject(cause: unknown): void;
}

export interface EndingState {
  readonly name: "ending";
  readonly cause: EndCause;
  readonly detectedMs: number;
  readonly misses: number;
  /** Settles once the end is durable and everything is released; `null` as long as nobody waits for that. */
  waiting: EndWaiting | null;
}

export interface EndedState {
  readonly name: "ended";
  readonly end: SessionEnd;
}

export type SessionState<L extends Link = Link> = OpeningState<L> | ActiveState<L> | SuspendedState | EndingState | EndedState;

/** The input of every decision about a session. Times in observed milliseconds. */
export interface SessionFacts {
  readonly id: string;
  readonly kind: SessionKind;
  readonly state: SessionState;
  readonly openedMs: number;
  readonly seenMs: number;
  readonly activeMs: number;
  /** When the idle warning was sent; -1 when none is in force. */
  readonly idleWarnedMs: number;
  /** How long the warned user was given. */
  readonly idleWarningMs: number;
  /** What last moved the idle deadline, the heartbeat's and the lifetime's; shown to operators. */
  readonly idleMovedBy: string;
  readonly beatMovedBy: string;
  readonly lifetimeMovedBy: string;
  /** The work that keeps it busy, and the declared size of its resources; `null` when it has neither. */
  readonly holdings: { readonly busy: readonly string[]; readonly bytes: number } | null;
}
