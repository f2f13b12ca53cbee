/** Reads a database file without a server. The connection is read-only, so a server may be running on it. */
import { existsSync } from "node:fs";
import { hasCode } from "@lastbeat/core";
import Database from "better-sqlite3";
import { failure } from "../contract/errors.ts";
import { eachBatch } from "../ledger/read/eachBatch.ts";
import { createEndPages } from "../ledger/read/endPages.ts";
import { createEndStats } from "../ledger/read/endStats.ts";
import { createTimeLimit } from "../ledger/read/timeLimit.ts";
import { writeFailure } from "../ledger/storeErrors.ts";
import { addMissingSums } from "../ledger/upkeep/olderLedger.ts";
import type { ListedSession, SessionFilter, Source } from "./source.ts";

/** @throws {LastbeatError} `failed` if this is not a Lastbeat database. */
export function openLedgerFile(file: string): Database.Database {
  if (!existsSync(file)) throw failure("failed", `no such file: ${file}`);
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true });
    const views = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('cleanups', 'open_sessions')").pluck();
    if (views.get() === 2) return database;
  } catch (error) {
    database?.close();
    throw failure("failed", `cannot read ${file}: ${writeFailure(error)}`);
  }
  database.close();
  throw failure("failed", `${file} is not a Lastbeat database`);
}

export function openDatabaseSource(file: string): Source {
  const database = openLedgerFile(file);
  // No time limit for queries on one's own file.
  createTimeLimit(database, Number.POSITIVE_INFINITY);
  addMissingSums(database);
  const pages = createEndPages(database);
  const stats = createEndStats(database);
  return {
    page: async (query) => withUsage(() => pages.page(query)),
    stats: async (query) => stats(query),
    each: (query) => eachBatch((page) => withUsage(() => pages.rows(page)), query),
    sessions: async (filter) => openSessions(database, filter),
    close: () => void database.close(),
  };
}

function withUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "bad_request")) throw failure("usage", `--${error.message}`);
    throw error;
  }
}

function openSessions(database: Database.Database, { search = "", limit }: SessionFilter) {
  const matching = `FROM open_sessions WHERE instr(lower(concat_ws(' ', session_id, user, room, address, client)), lower(@search))`;
  const columns = "session_id AS id, kind, user, room, address, client, transport, opened_at_ms AS openedAtMs, 'open' AS state";
  const rows = database.prepare<[object], ListedSession>(`SELECT ${columns} ${matching} ORDER BY opened_at_ms DESC LIMIT @limit`);
  const total = database.prepare<[object], number>(`SELECT count(*) ${matching}`).pluck();
  return { sessions: rows.all({ search, limit }), total: total.get({ search }) ?? 0 };
}
