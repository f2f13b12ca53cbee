/** The server's interface to its database. All calls run in worker threads and never block the event loop that serves sockets. */
import type { Ledger, Settings } from "@lastbeat/core";
import type { AuditPage, AuditQuery, AuditRecord } from "../contract/audit.ts";
import type { EndQuery } from "../contract/endQuery.ts";
import type { KnownOperators, StoredOperator, StoredSignIn } from "../contract/operators.ts";
import type { StoredMessage } from "../contract/push.ts";
import type { StoredSystem } from "../contract/systemView.ts";
import type { TimelinePage, TimelinePageQuery } from "../contract/timeline.ts";
import type { EndPage, EndStats, EndView, RetentionState, SettingsRevision, TimelineEntry } from "../contract/views.ts";
import type { DeadPage } from "../contract/webhookViews.ts";
import type { AskedDead, DeliveryCount } from "./read/deliveryReads.ts";
import type { DeliveryChange } from "./write/deliveryWriter.ts";
import type { Commit, WriteTotals } from "./write/writeQueue.ts";

export interface Store {
  readonly ledger: Ledger;
  readonly ends: EndStore;
  readonly messages: MessageStore;
  readonly revisions: RevisionStore;
  readonly webhooks: WebhookStore;
  readonly operators: OperatorStore;
  readonly audit: AuditStore;
  readonly retention: RetentionControl;
  /** Facts about the server from the database, with pauses since `pausesSinceMs`. */
  system(pausesSinceMs: number): Promise<StoredSystem>;
  /** Openings and ends waiting for the writer. */
  queued(): number;
  readonly writeTotals: WriteTotals;
  /** Calls `listener` for each commit from now on, in place of an earlier one. */
  onCommit(listener: (commit: Commit) => void): void;
  /** Sessions that a crashed server had left open, ended at this start. */
  readonly crashedSessions: number;
  /** Writes what is queued and closes the database. Idempotent. */
  close(): Promise<void>;
}

/** A change to what is known of operators: the row as it is from now on, or the sign-ins that ended. */
export type OperatorRecord =
  | { readonly kind: "account"; readonly account: StoredOperator }
  | { readonly kind: "signIn"; readonly signIn: StoredSignIn }
  | { readonly kind: "ended"; readonly ids: readonly string[] };

export interface OperatorStore {
  all(): Promise<KnownOperators>;
  /** Resolves once it is durable, which takes as long as the store stays unwritable. */
  save(record: OperatorRecord): Promise<void>;
}

export interface AuditStore {
  /** Written with the next group, in call order with everything else. Never throws. */
  record(record: AuditRecord, atMs: number): void;
  page(query: AuditQuery): Promise<AuditPage>;
}

export interface RetentionControl {
  /** Its latest state; `null` before the first step. */
  state(): RetentionState | null;
  /** An operator confirms a wall clock that retention does not trust. */
  looked(operator: string): void;
}

export interface EndStore {
  page(query: EndQuery): Promise<EndPage>;
  stats(query: EndQuery): Promise<EndStats>;
  get(sessionId: string): Promise<EndView | null>;
  /** The whole, folded. */
  timeline(sessionId: string): Promise<TimelineEntry[]>;
  timelinePage(asked: TimelinePageQuery & { readonly id: string }): Promise<TimelinePage>;
  /** All matches, newest first, in batches and with constant memory. */
  each(query: EndQuery): AsyncIterable<readonly EndView[]>;
}

export interface MessageStore {
  /** Stores a message once per id. Resolves with the stored message, even if it was sent before, once it is durable. */
  append(message: Omit<StoredMessage, "seq">): Promise<StoredMessage>;
  /** The newest `limit` messages of a room older than `beforeSeq`, oldest first. */
  history(room: string, limit: number, beforeSeq?: number): Promise<StoredMessage[]>;
}

/** The outbox of webhooks. */
export interface WebhookStore {
  /** Webhooks with nothing in the outbox are left out. */
  counts(): Promise<DeliveryCount[]>;
  dead(asked: AskedDead): Promise<DeadPage>;
  /** Durable once it resolves, with the number of deliveries given up by age or sent again. Rejects if it cannot be stored now. */
  change(change: DeliveryChange): Promise<number>;
}

export interface RevisionStore {
  /** Saved revisions, newest first. */
  list(limit: number): Promise<SettingsRevision[]>;
  /** All values set by operators over all revisions, in code units, and the newest revision's number (0 for none). */
  current(): Promise<{ readonly revision: number; readonly values: Partial<Settings> }>;
  /**
   * Appends a revision. Durable once it resolves.
   * @throws {LastbeatError} `conflict` if `revision` is not the newest plus one.
   */
  append(revision: SettingsRevision): Promise<void>;
}
