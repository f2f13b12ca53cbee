/**
 * Keeps a second server off a database. Uses SQLite's own lock on a small file beside the database, held by an open transaction. The
 * operating system releases it however its holder dies, so there are no stale locks and a reused process id cannot mislead. The file
 * also names the holder for others to read.
 */
import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { isLink } from "../../files/privateFiles.ts";
import { cannotOpen, type StoreOpenError, sqliteCode } from "../storeErrors.ts";

export interface DatabaseLock {
  release(): void;
}

/**
 * Acquires the lock of the database at `file`.
 * @throws {LastbeatError} `database_unusable`, `in_use`, with the holder's process id.
 */
export function lockDatabase(file: string, pid: number): DatabaseLock {
  refuseLinks(file);
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    hold(lock, pid);
  } catch (thrown) {
    const error = sqliteCode(thrown).startsWith("SQLITE_BUSY") ? inUse(file, lock) : thrown;
    lock.close();
    throw error;
  }
  return { release: () => lock.close() };
}

/**
 * Who holds the lock of the database at `file`, without taking it for longer than a moment; `null` if nobody does. The process id is
 * `null` if it cannot be read.
 */
export function lockHolder(file: string): { readonly pid: number | null } | null {
  if (!existsSync(`${file}.lock`)) return null;
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec("BEGIN IMMEDIATE; ROLLBACK");
    return null;
  } catch (thrown) {
    return sqliteCode(thrown).startsWith("SQLITE_BUSY") ? { pid: holderPid(lock) } : null;
  } finally {
    lock.close();
  }
}

/** SQLite would follow them and write where they lead. The database itself may be a link: its path is resolved before. */
function refuseLinks(file: string): void {
  const laid = [".lock", "-wal", "-shm", "-journal"].map((suffix) => file + suffix).find(isLink);
  if (laid !== undefined) throw cannotOpen("failed", `${laid} is a symbolic link, and the server does not follow it: remove it`);
}

/** Writing the holder's name needs a commit, which briefly releases the lock. Whoever holds it afterwards under its own name has won. */
function hold(lock: Database.Database, pid: number): void {
  lock.pragma("synchronous = OFF");
  const claim = `${pid}.${Math.random()}`;
  for (;;) {
    lock.exec("BEGIN IMMEDIATE");
    lock.exec("CREATE TABLE IF NOT EXISTS holder (id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, claim TEXT NOT NULL)");
    lock.prepare("INSERT OR REPLACE INTO holder (id, pid, claim) VALUES (1, ?, ?)").run(pid, claim);
    lock.exec("COMMIT; BEGIN IMMEDIATE");
    if (lock.prepare("SELECT claim FROM holder").pluck().get() === claim) return;
    lock.exec("ROLLBACK");
  }
}

function inUse(file: string, lock: Database.Database): StoreOpenError {
  const pid = holderPid(lock);
  const who = pid === null ? "another process" : `process ${pid}`;
  return cannotOpen(
    "in_use",
    `the database ${file} is in use by ${who}: stop that server first, or set ledger.file to another file`,
    pid,
  );
}

function holderPid(lock: Database.Database): number | null {
  try {
    const pid = lock.prepare("SELECT pid FROM holder").pluck().get();
    return typeof pid === "number" ? pid : null;
  } catch {
    // The holder is just writing its name.
    return null;
  }
}
