/** Reads ends with their sessions' openings, as shown by the API. The fields are those in `contract/endFields.ts`. */
import type Database from "better-sqlite3";
import type { Column } from "drizzle-orm/column";
import { getTableColumns } from "drizzle-orm/utils";
import { shownFields } from "../../contract/endFields.ts";
import type { EndView } from "../../contract/views.ts";
import { createReviver } from "../rows.ts";
import { ends, sessions } from "../schema.sqlite.ts";
import { createEndColumns } from "../upkeep/olderLedger.ts";

export interface EndRow {
  readonly endId: number;
  readonly end: EndView;
}

export interface EndRows {
  /** In no particular order. */
  byIds(ids: readonly number[]): EndRow[];
  bySession(sessionId: string): EndView | null;
}

const ofSessions: Readonly<Record<string, Column>> = getTableColumns(sessions);
const ofEnds: Readonly<Record<string, Column>> = getTableColumns(ends);
const revive = createReviver({ ...ofSessions, ...ofEnds });

export function createEndRows(database: Database.Database): EndRows {
  const { columns, missing } = columnsIn(database);
  const select = `SELECT ${columns}, e.id AS endId FROM ends e JOIN sessions s ON s.id = e.session`;
  const byIds = database.prepare<[string], StoredRow>(`${select} WHERE e.id IN (SELECT value FROM json_each(?))`);
  const bySession = database.prepare<[string], StoredRow>(`${select} WHERE s.session_id = ?`);
  const rowOf = ({ endId, ...row }: StoredRow): EndRow => {
    revive(row);
    return { endId, end: Object.assign(row, missing) as unknown as EndView };
  };
  return {
    byIds: (ids) => byIds.all(JSON.stringify(ids)).map(rowOf),
    bySession(sessionId) {
      const row = bySession.get(sessionId);
      return row === undefined ? null : rowOf(row).end;
    },
  };
}

type StoredRow = Record<string, unknown> & { readonly endId: number };

/** The columns to select, plus default values for columns missing in a database of an earlier version. */
function columnsIn(database: Database.Database): {
  readonly columns: string;
  readonly missing: Readonly<Record<string, unknown>>;
} {
  const endColumn = createEndColumns(database);
  const missing: Record<string, unknown> = {};
  const columns = Object.entries(shownFields).map(([key, { blank }]) => {
    const name = ofEnds[key]?.name;
    if (name === undefined) return `s.${ofSessions[key]?.name} AS ${key}`;
    const column = endColumn(name);
    if (column === null) missing[key] = blank;
    return `${column} AS ${key}`;
  });
  return { columns: columns.join(", "), missing };
}
