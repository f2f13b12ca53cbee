/** The data source of a command: a server, or a database file. */
import type { EndQuery } from "../contract/endQuery.ts";
import type { EndPage, EndStats, EndView } from "../contract/views.ts";

/** A session that has not ended. Fields known only to a running server are absent when read from a file. */
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
  /** All matches, in batches and with constant memory. */
  each(query: EndQuery): AsyncIterable<readonly EndView[]>;
  sessions(filter: SessionFilter): Promise<{ readonly sessions: readonly ListedSession[]; readonly total: number }>;
  close(): void;
}
