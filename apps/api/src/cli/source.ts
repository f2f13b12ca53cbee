/** Where a command gets its answers: a server, or a copy of its database. */
import type { EndQuery } from "../contract/endQuery.ts";
import type { EndPage, EndStats, EndView } from "../contract/views.ts";

/** A session that has not ended. What only a running server knows is left out of those from a file. */
export interface ListedSession {
  readonly id: string;
  readonly user: string;
  readonly room: string | null;
  readonly address: string;
  readonly openedAtMs: number;
  readonly state: string;
  readonly suspect?: boolean;
  readonly lastSeenAtMs?: number;
  readonly misses?: number;
  readonly beats?: readonly (number | null)[];
}

export interface SessionFilter {
  readonly search?: string;
  readonly limit: number;
}

export interface Source {
  page(query: EndQuery): Promise<EndPage>;
  stats(query: EndQuery): Promise<EndStats>;
  /** Every match, in batches and constant memory. */
  each(query: EndQuery): AsyncIterable<readonly EndView[]>;
  sessions(filter: SessionFilter): Promise<{ readonly sessions: readonly ListedSession[]; readonly total: number }>;
  close(): void;
}
