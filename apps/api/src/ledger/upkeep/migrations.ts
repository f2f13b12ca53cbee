/** Determines which migrations a database has and runs the missing ones. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type Database from "better-sqlite3";

const migrationsFolder = resolve(import.meta.dirname, "../../../../../drizzle/sqlite");

/** Imports drizzle's migrator only when needed, because loading it takes longer than the rest of the start. */
export async function bringUpToDate(database: Database.Database): Promise<void> {
  const { drizzle } = await import("drizzle-orm/better-sqlite3");
  const { migrate } = await import("drizzle-orm/better-sqlite3/migrator");
  migrate(drizzle(database), { migrationsFolder });
}

/** The timestamp of the newest migration applied to the database; 0 if there is none. */
export function appliedMigrationMs(database: Database.Database): number {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'").get();
  return known === undefined
    ? 0
    : Number(database.prepare("SELECT max(created_at) FROM __drizzle_migrations").pluck().get() ?? 0);
}

export function newestMigrationMs(): number {
  const journal = join(migrationsFolder, "meta/_journal.json");
  if (!existsSync(journal)) throw new Error(`the migrations are missing: ${journal}`);
  const { entries } = JSON.parse(readFileSync(journal, "utf8")) as { readonly entries: readonly { readonly when: number }[] };
  return Math.max(...entries.map(({ when }) => when));
}
