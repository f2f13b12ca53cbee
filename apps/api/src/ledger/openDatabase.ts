/** Opens the database for writing: checks that it is a Lastbeat database, configures it and runs migrations. */
import Database from "better-sqlite3";
import { makePrivateFolder } from "../files/privateFiles.ts";
import { cannotOpen, type StoreOpenError } from "./storeErrors.ts";
import { appliedMigrationMs, bringUpToDate, newestMigrationMs } from "./upkeep/migrations.ts";
import { upgradeCopies, versionOf } from "./upkeep/upgradeCopies.ts";
import type { Durability } from "./workerMessages.ts";

/** "Beat", stored in the header of every Lastbeat database. */
const APPLICATION_ID = 0x42656174;
/** How long a commit waits for another program's lock on the database. */
const BUSY_MS = 5_000;

export function makeFolder(file: string): void {
  makePrivateFolder(file);
}

/**
 * @param beforeUpgrade - is given a database of an earlier version before anything in it is changed.
 * @throws {LastbeatError} `database_unusable` if this version may not write the file.
 */
export async function openForWriting(
  file: string,
  durability: Durability,
  beforeUpgrade: (older: Database.Database) => void = () => {},
): Promise<Database.Database> {
  const database = new Database(file, { timeout: BUSY_MS });
  try {
    refuseStrangers(database, file);
    const newest = newestMigrationMs();
    const applied = appliedMigrationMs(database);
    if (applied > newest) throw tooNew(file, versionOf(database));
    database.pragma("journal_mode = WAL");
    database.pragma(`synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
    database.pragma("foreign_keys = ON");
    database.pragma("cache_size = -65536");
    database.pragma("journal_size_limit = 67108864");
    if (applied < newest) {
      if (applied > 0) beforeUpgrade(database);
      await bringUpToDate(database);
    }
    database.pragma(`application_id = ${APPLICATION_ID}`);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

function refuseStrangers(database: Database.Database, file: string): void {
  const tables = Number(database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get());
  const id = Number(database.pragma("application_id", { simple: true }));
  if (tables === 0 || id === APPLICATION_ID || wasBeingSetUp(database)) return;
  throw cannotOpen("not_ours", `${file} is another program's SQLite database: set ledger.file to another file`);
}

/** A server that died between its first migration and setting the application id leaves our tables without the id. */
function wasBeingSetUp(database: Database.Database): boolean {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  return names.includes("__drizzle_migrations") && (names.length === 1 || names.includes("boots"));
}

function tooNew(file: string, writer: string | null): StoreOpenError {
  const [copy] = upgradeCopies(file);
  const back = copy === undefined ? "" : `, or go back to a copy from before an upgrade: lastbeat restore ${copy}`;
  const by = writer === null ? "a newer version of Lastbeat" : `Lastbeat ${writer}, a newer version than this`;
  return cannotOpen("too_new", `${file} was written by ${by}: start that version, or set ledger.file to another file${back}`);
}
