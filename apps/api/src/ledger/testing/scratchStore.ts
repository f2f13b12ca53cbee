/** Stores in a folder of their own, for tests; and a look into their files past the store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeeperLog, LedgerEntry, LedgerEvent, SessionEnd, SessionOpening } from "@lastbeat/core";
import Database from "better-sqlite3";
import { type EndQuery, endQuerySchema } from "../../contract/endQuery.ts";
import type { EndView } from "../../contract/views.ts";
import { openStore, type StoreOptions } from "../openStore.ts";
import { createEndRows } from "../read/endRows.ts";
import type { Store } from "../store.ts";

export interface Scratch extends AsyncDisposable {
  readonly folder: string;
  readonly file: string;
  /** What the stores logged. */
  readonly lines: string[];
  open(changes?: Partial<StoreOptions>): Promise<Store>;
  /** Runs SQL on the file over a connection of its own. */
  sql<Row>(text: string, ...values: unknown[]): Row[];
}

/** A folder that is removed with the stores in it when the test is over. */
export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), "lastbeat-store-"));
  const file = join(folder, "lastbeat.db");
  const lines: string[] = [];
  const stores: Store[] = [];
  const options = {
    file,
    retentionDays: 0,
    queueLimit: 10_000,
    durability: "process",
    bootVersion: "0.0.1",
    log: listLog(lines),
  } as const;
  return {
    folder,
    file,
    lines,
    async open(changes = {}) {
      const store = await openStore({ ...options, ...changes });
      stores.push(store);
      return store;
    },
    sql: <Row>(text: string, ...values: unknown[]) => runSql<Row>(file, text, values),
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function runSql<Row>(file: string, text: string, values: readonly unknown[]): Row[] {
  const database = new Database(file);
  try {
    const statement = database.prepare<unknown[], Row>(text);
    if (statement.reader) return statement.all(...values);
    statement.run(...values);
    return [];
  } finally {
    database.close();
  }
}

function listLog(lines: string[]): KeeperLog {
  const add = (message: string) => {
    lines.push(message);
  };
  return { debug: add, info: add, warn: add, error: add };
}

/** A query with the defaults that the API would fill in. */
export function query(filter: Partial<EndQuery> = {}): EndQuery {
  return endQuerySchema.parse(filter);
}

const openings = `SELECT session_id AS sessionId, kind, user, user_id AS userId, room, address, client, transport, opened_at_ms AS openedAtMs,
  settings_revision AS settingsRevision FROM sessions ORDER BY id`;

/** Every session in the file with its end, in the order of opening. */
export function readEntries({ file }: Scratch): LedgerEntry[] {
  const database = new Database(file, { readonly: true });
  try {
    const ends = createEndRows(database);
    return database
      .prepare<[], SessionOpening>(openings)
      .all()
      .map((opened) => ({ opened, ended: endOf(ends.bySession(opened.sessionId)) }));
  } finally {
    database.close();
  }
}

/** What is shown of an end, without what its opening says. */
function endOf(shown: EndView | null): SessionEnd | null {
  if (shown === null) return null;
  const { kind: _k, user: _u, userId: _i, room: _r, address: _a, client: _c, transport: _t, openedAtMs: _o, ...end } = shown;
  return end satisfies SessionEnd;
}

/** Every event in the file but the starts and stops of the store itself. */
export function readEvents(scratch: Scratch): LedgerEvent[] {
  const rows = scratch.sql<{ at_ms: number; session_id: string | null; type: string; data: string }>(
    "SELECT at_ms, session_id, type, data FROM events WHERE type NOT IN ('started', 'stopped') ORDER BY seq",
  );
  return rows.map(
    ({ at_ms, session_id, type, data }) =>
      ({ atMs: at_ms, sessionId: session_id, event: { type, ...JSON.parse(data) } }) as LedgerEvent,
  );
}
