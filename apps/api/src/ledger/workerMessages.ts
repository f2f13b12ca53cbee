/** Messages between the main thread and its two kinds of workers. Records are sent as JSON text, which is cheaper than objects. */
import type { ErrorIssue, Settings } from "@lastbeat/core";
import type { AuditPage, AuditQuery } from "../contract/audit.ts";
import type { EndQuery } from "../contract/endQuery.ts";
import type { ErrorCode } from "../contract/errors.ts";
import type { KnownOperators } from "../contract/operators.ts";
import type { StoredMessage } from "../contract/push.ts";
import type { StoredSystem } from "../contract/systemView.ts";
import type { TimelinePage, TimelinePageQuery } from "../contract/timeline.ts";
import type { EndPage, EndStats, EndView, RetentionState, SettingsRevision, TimelineEntry } from "../contract/views.ts";
import type { WebhookFilter } from "../webhooks/webhook.ts";
import type { DeliveryReads } from "./read/deliveryReads.ts";
import type { StoreOpenProblem } from "./storeErrors.ts";

export type Durability = "process" | "power";

/** Start data of the writer. */
export interface WriterStart {
  readonly file: string;
  readonly pid: number;
  readonly version: string;
  readonly durability: Durability;
  readonly retentionDays: number;
  readonly upgradeCopies: number;
  readonly webhooks: readonly WebhookFilter[];
  /** Added to the worker's wall clock; 0 except in tests. */
  readonly clockOffsetMs: number;
  /** The boot to continue when the thread is restarted within the same server run. */
  readonly resumeBoot: number | null;
}

export type WriteKind = "opened" | "ended" | "event" | "message" | "revision" | "delivery" | "operator";

/** A write: its kind and its record as JSON. */
export type WriteOp = readonly [kind: WriteKind, record: string];

/** The outcome of a write in a committed group, if it is more than just stored. */
export type WriteOutcome =
  | { readonly at: number; readonly value: unknown }
  | { readonly at: number; readonly error: "session_id_taken" | "stale_revision" | "unstorable"; readonly detail: string };

/** The writes of one transaction, numbered within a boot. A group resent under the same number is not written again. */
export interface WriteGroup {
  readonly number: number;
  readonly ops: readonly WriteOp[];
}

export type ToWriter =
  | ({ readonly type: "group" } & WriteGroup)
  /** This operator confirms the wall clock. */
  | { readonly type: "looked"; readonly operator: string }
  | { readonly type: "close" };

/** What opening the database did. */
export interface OpenedLedger {
  /** Number of sessions left open by an earlier server, now ended as `server_crashed`. */
  readonly crashedSessions: number;
  /** Where the database is kept as it was before its upgrade; `null` if there was none. */
  readonly upgradeCopy: string | null;
}

export type FromWriter =
  | ({ readonly type: "ready"; readonly boot: number } & OpenedLedger)
  | { readonly type: "refused"; readonly problem: StoreOpenProblem; readonly message: string; readonly holderPid: number | null }
  | { readonly type: "committed"; readonly outcomes: readonly WriteOutcome[] }
  /** Nothing of the group was stored. */
  | { readonly type: "failed"; readonly cause: string }
  /** The periodic alive timestamp was written, or could not be, with the `cause`. */
  | { readonly type: "alive"; readonly cause: string | null }
  | { readonly type: "log"; readonly level: "info" | "warn" | "error"; readonly message: string }
  /** The state of retention, after each step and on changes. */
  | { readonly type: "retention"; readonly state: RetentionState }
  | { readonly type: "closed" };

/** The queries a reader supports: name, parameter and result. */
export interface Questions extends DeliveryReads {
  page(query: EndQuery): EndPage;
  rows(query: EndQuery): Pick<EndPage, "rows" | "nextCursor">;
  stats(query: EndQuery): EndStats;
  get(sessionId: string): EndView | null;
  timeline(sessionId: string): TimelineEntry[];
  timelinePage(asked: TimelinePageQuery & { readonly id: string }): TimelinePage;
  messages(asked: { readonly room: string; readonly limit: number; readonly beforeSeq?: number }): StoredMessage[];
  revisions(limit: number): SettingsRevision[];
  operators(none: null): KnownOperators;
  audit(query: AuditQuery): AuditPage;
  system(pausesSinceMs: number): StoredSystem;
  currentSettings(none: null): { readonly revision: number; readonly values: Partial<Settings> };
}

export type Question = keyof Questions;

/** Start data of a reader. */
export interface ReaderStart {
  readonly file: string;
  readonly queryLimitMs: number;
  /** Whether it runs at lower priority than the other threads. */
  readonly yields: boolean;
}

export interface ToReader {
  readonly id: number;
  readonly question: Question;
  readonly asked: unknown;
}

export type FromReader =
  /** It has loaded all its modules. */
  { readonly loaded: true } | { readonly id: number; readonly answer: unknown } | ({ readonly id: number } & ReaderFailure);

export interface ReaderFailure {
  readonly error: string;
  /** `null` for an internal error. */
  readonly code: ErrorCode | null;
  readonly issues?: readonly ErrorIssue[] | undefined;
}
