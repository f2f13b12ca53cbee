/** Runs a query written with drizzle's `sql` template. */
import type Database from "better-sqlite3";
import type { SQL } from "drizzle-orm";
import { SQLiteSyncDialect } from "drizzle-orm/sqlite-core";

const dialect = new SQLiteSyncDialect();

export function rowsOf<Row>(database: Database.Database, query: SQL): Row[] {
  const { sql, params } = dialect.sqlToQuery(query);
  return database.prepare<unknown[], Row>(sql).all(...params);
}
