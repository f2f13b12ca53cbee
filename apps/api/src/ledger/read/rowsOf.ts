/** Runs a query written with drizzle's `sql` template. */
import type Database from "better-sqlite3";
import { CasingCache } from "drizzle-orm/casing";
import type { SQL } from "drizzle-orm/sql/sql";

/** As drizzle's `SQLiteSyncDialect` has it, whose module takes a quarter of a second to load in each thread. */
const dialect: Parameters<SQL["toQuery"]>[0] = {
  casing: new CasingCache(),
  escapeName: (name) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: () => "?",
  escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
};

export function rowsOf<Row>(database: Database.Database, query: SQL): Row[] {
  const { sql, params } = query.toQuery(dialect);
  return database.prepare<unknown[], Row>(sql).all(...params);
}
