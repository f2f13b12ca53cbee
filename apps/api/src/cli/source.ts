/** Where a command gets its answers: a server, or a copy of its database. */
import type { CleanupQuery } from "../contract/endQuery.ts";
import type { Cleanup, CleanupPage, CleanupStats } from "../contract/views.ts";
import { openDatabaseSource } from "./databaseSource.ts";
import { UsageError } from "./failure.ts";
import type { Flags, Given } from "./flags.ts";
import { serverSource } from "./serverSource.ts";
import { plain } from "./show.ts";
import type { Terminal } from "./terminal.ts";

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
  page(query: CleanupQuery): Promise<CleanupPage>;
  stats(query: CleanupQuery): Promise<CleanupStats>;
  /** Every match, in batches and constant memory. */
  each(query: CleanupQuery): AsyncIterable<readonly Cleanup[]>;
  sessions(filter: SessionFilter): Promise<{ readonly sessions: readonly ListedSession[]; readonly total: number }>;
  close(): void;
}

export const defaultUrl = "http://127.0.0.1:8000";

export const serverFlags: Flags = {
  url: { value: "<url>", help: `the server, else that in LASTBEAT_URL, else ${defaultUrl}` },
  token: { value: "<token>", help: "a token for it, else that in LASTBEAT_TOKEN; none is needed to read on its own machine" },
};

export const sourceFlags: Flags = {
  db: { value: "<file>", help: "read this database instead of asking a server" },
  ...serverFlags,
};

export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** @throws {UsageError} when the address is none. */
export function serverOf({ values }: Given, { env }: Terminal): ServerAddress {
  const url = values.url ?? (env.LASTBEAT_URL?.trim() || defaultUrl);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol) || new URL(url).username !== "")
    throw new UsageError(
      `the server's address: expected one such as ${defaultUrl}, got ${plain(url.replace(/\/\/.*@/, "//…@"))}`,
    );
  const token = values.token ?? (env.LASTBEAT_TOKEN?.trim() || undefined);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) throw new UsageError("the token has characters that no token has");
  return { url: url.replace(/\/+$/, ""), token };
}

export function sourceOf(given: Given, terminal: Terminal): Source {
  const { db, url } = given.values;
  if (db !== undefined && url !== undefined) throw new UsageError("give either --db or --url");
  return db === undefined ? serverSource(serverOf(given, terminal)) : openDatabaseSource(db);
}
