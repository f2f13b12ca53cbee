/** The ledger port: durable records. Names in `AtMs` are wall-clock epoch milliseconds; other `Ms` are durations. */

import type { EndReason, Initiator, Tier } from "../protocol/endReason.ts";
import { LastbeatError } from "../protocol/lastbeatError.ts";

/** What delayed a verdict beyond its bound; `unknown` when none of the permitted causes applies, which is a bug. */
export const lateCauses = ["pause", "settings", "late_tick", "unknown"] as const;
export type LateCause = (typeof lateCauses)[number];

export type SessionKind = "user" | "admin";

/** A session's opening. */
export interface SessionOpening {
  readonly sessionId: string;
  readonly kind: SessionKind;
  readonly user: string;
  /** Whom the application knows the user as; `null` if it did not say. */
  readonly userId: string | null;
  readonly room: string | null;
  readonly address: string;
  readonly client: string;
  readonly transport: string;
  readonly openedAtMs: number;
  readonly settingsRevision: number;
}

/** A resource whose release threw or timed out. */
export interface FailedRelease {
  readonly name: string;
  readonly cause: string;
}

/** Why this session was evicted under memory pressure (rule MEM4). */
export interface EvictionEvidence {
  readonly level: "soft" | "hard";
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** 1 is the first victim of its batch. */
  readonly rank: number;
  readonly batch: number;
}

/** A session's single end, with its evidence (rule LED7). */
export interface SessionEnd {
  readonly sessionId: string;
  readonly reason: EndReason;
  readonly tier: Tier;
  readonly initiator: Initiator;
  /** Close code received from the client or sent to it; `null` for neither. */
  readonly closeCode: number | null;
  /** What exactly was observed, in one line. */
  readonly detail: string;
  /** Note by the operator who ended it; `null` for every other end. */
  readonly note: string | null;
  readonly operator: string | null;
  readonly lastSeenAtMs: number;
  readonly lastActiveAtMs: number;
  readonly detectedAtMs: number;
  readonly releasedAtMs: number;
  /** Observed time from the cause (last sign of life, last activity, or the event itself) to the verdict. */
  readonly detectionMs: number;
  /** The published bound for `detectionMs`; `null` where there is none. */
  readonly boundMs: number | null;
  /** What delayed the verdict beyond the bound; `null` when it was in time or there is no bound. */
  readonly lateCause: LateCause | null;
  /** Time from the verdict until all resources were released. */
  readonly cleanupMs: number;
  readonly cleanup: "complete" | "incomplete";
  readonly resourcesReleased: number;
  readonly resourcesFailed: readonly FailedRelease[];
  readonly misses: number;
  /** Latest round-trip times in milliseconds, oldest first. */
  readonly roundTripsMs: readonly number[];
  readonly settingsRevision: number;
  /** Server pauses during the session, and their total length. */
  readonly pauses: number;
  readonly pausedMs: number;
  readonly memoryLevel: MemoryLevel;
  readonly eviction: EvictionEvidence | null;
  /** The connection was lost for this reason and the grace ran out before the client came back. */
  readonly resumeExpired: boolean;
  /** For `server_crashed`: the two moments between which the end happened. */
  readonly crashedBetweenMs: readonly [number, number] | null;
}

export type MemoryLevel = "ok" | "soft" | "hard";

/** An event of a session between its opening and its end. */
export type SessionEvent =
  | { readonly type: "suspect"; readonly miss: number; readonly maxFailures: number; readonly cause: string }
  | { readonly type: "refuted"; readonly misses: number; readonly afterMs: number }
  | { readonly type: "suspended"; readonly reason: EndReason; readonly graceMs: number; readonly detail: string }
  | { readonly type: "resumed"; readonly epoch: number; readonly afterMs: number }
  | { readonly type: "superseded"; readonly epoch: number }
  | { readonly type: "idle_warned"; readonly endsInMs: number }
  | { readonly type: "idle_cleared" }
  | { readonly type: "release_failed"; readonly name: string; readonly cause: string }
  | { readonly type: "release_settled_late"; readonly name: string; readonly afterMs: number }
  | { readonly type: "came_back"; readonly previousSessionId: string; readonly reason: EndReason; readonly afterMs: number };

/** An event of the server. */
export type ServerEvent =
  | { readonly type: "started"; readonly version: string }
  | { readonly type: "stopped" }
  | { readonly type: "pause"; readonly pausedMs: number; readonly sessions: number; readonly outstanding: number }
  | {
      readonly type: "memory_level";
      readonly from: MemoryLevel;
      readonly to: MemoryLevel;
      readonly usedBytes: number;
      readonly limitBytes: number;
    }
  /** The wall clock is wrong: ahead of where it should be, or behind when negative. Retention ignores it. */
  | { readonly type: "clock_jumped"; readonly aheadMs: number }
  /** An operator confirmed that the clock is right. */
  | { readonly type: "clock_looked_at"; readonly operator: string }
  /** The clock is trusted again. */
  | { readonly type: "clock_believed"; readonly aheadMs: number }
  | { readonly type: "refused"; readonly cause: RefusalCause; readonly count: number; readonly overMs: number }
  | {
      readonly type: "settings_changed";
      readonly revision: number;
      readonly author: string;
      readonly before: Readonly<Partial<Record<string, number>>>;
      readonly after: Readonly<Partial<Record<string, number>>>;
    };

export const refusalCauses = [
  "capacity",
  "memory",
  "ledger",
  "openings",
  "address_limit",
  "connection_rate",
  "hello_timeout",
  "bad_hello",
  "unauthorized",
  "identity",
  "left_before_hello",
  "shutting_down",
] as const;
export type RefusalCause = (typeof refusalCauses)[number];

/** An event as stored in the ledger. */
export type LedgerEvent =
  | { readonly atMs: number; readonly sessionId: string; readonly event: SessionEvent }
  | { readonly atMs: number; readonly sessionId: null; readonly event: ServerEvent };

/** Whether the ledger can record another opening, and if not, why. */
export type LedgerHealth = { readonly accepting: true } | { readonly accepting: false; readonly cause: string };

export interface Ledger {
  /**
   * Records an opening. Resolves once it is durable.
   * @throws {LastbeatError} `session_id_taken` when a session with that id was ever opened.
   * @throws {LastbeatError} `ledger_unavailable` when the queue is full or the store cannot be written; nothing is recorded then.
   */
  opened(record: SessionOpening): Promise<void>;
  /**
   * Records a session's end. Resolves once it is durable, which can take as long as the store stays unwritable: an end is never
   * dropped. A second end of the same session resolves without effect; the first one stands.
   */
  ended(record: SessionEnd): Promise<void>;
  /** Records an event. Events are written with the next group, in call order. Never throws. */
  event(event: LedgerEvent): void;
  /** Whether openings are accepted now. Must be cheap: called on every admission. */
  health(): LedgerHealth;
  /** Writes everything queued, then closes the store. Idempotent. */
  close(): Promise<void>;
}

/** A session with this id was opened before; ids are never reused. */
export function sessionIdTaken(sessionId: string): LastbeatError<"session_id_taken"> {
  return new LastbeatError("session_id_taken", `session id ${sessionId} was used before`);
}

/** The ledger cannot record an opening now. */
export function ledgerUnavailable(cause: string): LastbeatError<"ledger_unavailable"> {
  return new LastbeatError("ledger_unavailable", `the ledger cannot take an opening: ${cause}`);
}
