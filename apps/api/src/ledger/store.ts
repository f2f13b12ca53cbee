/** What the server needs of its database. Every call runs in a worker thread; none blocks the event loop that serves sockets. */
import type { Ledger, Settings } from "@lastbeat/core";
import type { EndQuery } from "../contract/endQuery.ts";
import type { ChatMessage } from "../contract/push.ts";
import type { StoredSystem } from "../contract/systemView.ts";
import type { EndPage, EndStats, EndView, RetentionState, SettingsRevision, TimelineEntry } from "../contract/views.ts";

export interface Store {
  readonly ledger: Ledger;
  readonly ends: EndStore;
  readonly messages: MessageStore;
  readonly revisions: RevisionStore;
  readonly retention: RetentionControl;
  /** What only the database knows of the server; pauses since `pausesSinceMs`. */
  system(pausesSinceMs: number): Promise<StoredSystem>;
  /** Openings and ends waiting for the writer. */
  queued(): number;
  /** Writes what is queued and closes the database. Idempotent. */
  close(): Promise<void>;
}

export interface RetentionControl {
  /** How it stood last; `null` before its first step. */
  state(): RetentionState | null;
  /** An operator has looked at a wall clock that retention does not believe, and says that it is right. */
  looked(operator: string): void;
}

export interface EndStore {
  page(query: EndQuery): Promise<EndPage>;
  stats(query: EndQuery): Promise<EndStats>;
  get(sessionId: string): Promise<EndView | null>;
  timeline(sessionId: string): Promise<TimelineEntry[]>;
  /** Every match, newest first, in batches; constant memory. */
  each(query: EndQuery): AsyncIterable<readonly EndView[]>;
}

export interface MessageStore {
  /** Stores a message once per id; resolves with the stored one, also when it was sent before. Durable when it resolves. */
  append(message: Omit<ChatMessage, "seq">): Promise<ChatMessage>;
  /** The newest `limit` messages of a room older than `beforeSeq`, oldest first. */
  history(room: string, limit: number, beforeSeq?: number): Promise<ChatMessage[]>;
}

export interface RevisionStore {
  /** Revisions an operator saved, newest first. */
  list(limit: number): Promise<SettingsRevision[]>;
  /** Everything operators have set so far, over all revisions, in code units; and the newest revision's number (0 for none). */
  current(): Promise<{ readonly revision: number; readonly values: Partial<Settings> }>;
  /**
   * Appends a revision. Durable when it resolves.
   * @throws {LastbeatError} `conflict` when `revision` is not the newest plus one.
   */
  append(revision: SettingsRevision): Promise<void>;
}
