/** What the main thread and its two kinds of worker say to each other. Records travel as JSON text: cheaper to hand over than objects. */
import type { ErrorIssue, Settings } from "@lastbeat/core";
import type { EndQuery } from "../contract/endQuery.ts";
import type { ErrorCode } from "../contract/errors.ts";
import type { ChatMessage } from "../contract/push.ts";
import type { StoredSystem } from "../contract/systemView.ts";
import type { EndPage, EndStats, EndView, RetentionState, SettingsRevision, TimelineEntry } from "../contract/views.ts";
import type { StoreOpenProblem } from "./storeErrors.ts";

export type Durability = "process" | "power";

/** Handed to the writer when it is started. */
export interface WriterStart {
  readonly file: string;
  readonly pid: number;
  readonly version: string;
  readonly durability: Durability;
  readonly retentionDays: number;
  /** Added to the worker's wall clock: 0 but in tests. */
  readonly clockOffsetMs: number;
  /** The boot that goes on, when the thread is started again within the same run of the server. */
  readonly resumeBoot: number | null;
}

export type WriteKind = "opened" | "ended" | "event" | "message" | "revision";

/** One write: its kind, and its record as JSON. */
export type WriteOp = readonly [kind: WriteKind, record: string];

/** What became of one write of a committed group, when there is more to say than that it is stored. */
export type WriteOutcome =
  | { readonly at: number; readonly value: unknown }
  | { readonly at: number; readonly error: "session_id_taken" | "stale_revision" | "unstorable"; readonly detail: string };

/** Writes of one transaction. Numbered within a boot: sent again under the same number, a group is not written again. */
export interface WriteGroup {
  readonly number: number;
  readonly ops: readonly WriteOp[];
}

export type ToWriter =
  | ({ readonly type: "group" } & WriteGroup)
  /** This operator has looked at the wall clock and says that it is right. */
  | { readonly type: "looked"; readonly operator: string }
  | { readonly type: "close" };

export type FromWriter =
  | { readonly type: "ready"; readonly boot: number; readonly crashedSessions: number }
  | { readonly type: "refused"; readonly problem: StoreOpenProblem; readonly message: string; readonly holderPid: number | null }
  | { readonly type: "committed"; readonly outcomes: readonly WriteOutcome[] }
  /** Nothing of the group was stored. */
  | { readonly type: "failed"; readonly cause: string }
  /** The sign of life of each second was written, or could not be: `cause` says why. */
  | { readonly type: "alive"; readonly cause: string | null }
  | { readonly type: "log"; readonly level: "info" | "warn" | "error"; readonly message: string }
  /** How retention stands: after each of its steps, and when that changes. */
  | { readonly type: "retention"; readonly state: RetentionState }
  | { readonly type: "closed" };

/** What can be asked of a reader: a name, what it takes, what it answers. */
export interface Questions {
  page(query: EndQuery): EndPage;
  rows(query: EndQuery): Pick<EndPage, "rows" | "nextCursor">;
  stats(query: EndQuery): EndStats;
  get(sessionId: string): EndView | null;
  timeline(sessionId: string): TimelineEntry[];
  messages(asked: { readonly room: string; readonly limit: number; readonly beforeSeq?: number }): ChatMessage[];
  revisions(limit: number): SettingsRevision[];
  system(pausesSinceMs: number): StoredSystem;
  currentSettings(none: null): { readonly revision: number; readonly values: Partial<Settings> };
}

export type Question = keyof Questions;

/** Handed to a reader when it is started. */
export interface ReaderStart {
  readonly file: string;
  readonly queryLimitMs: number;
  /** Whether it leaves the processor to the other threads while they want it. */
  readonly yields: boolean;
}

export interface ToReader {
  readonly id: number;
  readonly question: Question;
  readonly asked: unknown;
}

export type FromReader = { readonly id: number; readonly answer: unknown } | ({ readonly id: number } & ReaderFailure);

export interface ReaderFailure {
  readonly error: string;
  /** `null` for a fault of the server's own. */
  readonly code: ErrorCode | null;
  readonly issues?: readonly ErrorIssue[] | undefined;
}
