/**
 * Puts a copy in the place of the database (rule RUN5). No server may run on it: it would go on writing to the old file. The old one is
 * kept, and at every moment there is one whole database under the name.
 */
import { chownSync, closeSync, existsSync, linkSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { flush } from "./databaseCopy.ts";
import { lockDatabase } from "./databaseLock.ts";
import { stampOf } from "./upgradeCopies.ts";

export interface Restore {
  /** The database to replace. */
  readonly file: string;
  readonly nowMs: number;
  /** Writes the copy to a file beside the database; its name is given. */
  readonly write: (file: string) => void;
}

/**
 * @returns where the old database is kept; `null` if there was none.
 * @throws {LastbeatError} `database_unusable`, `in_use`, while a server runs on it.
 */
export function restoreDatabase({ file, nowMs, write }: Restore): string | null {
  const lock = lockDatabase(file, process.pid);
  const restored = `${file}.restored`;
  try {
    write(restored);
    const owner = statSync(existsSync(file) ? file : dirname(file));
    // Root restores for the server's own user, who could not open a file of root's.
    if (process.getuid?.() === 0) for (const made of [restored, `${file}.lock`]) chownSync(made, owner.uid, owner.gid);
    const kept = keepOld(file, `${file}.before-restore-${stampOf(nowMs)}`);
    renameSync(restored, file);
    flush(dirname(file));
    return kept;
  } finally {
    rmSync(restored, { force: true });
    lock.release();
  }
}

function keepOld(file: string, kept: string): string | null {
  if (!existsSync(file)) return null;
  foldLog(file);
  // What is still in a log of its own must neither be lost nor be taken for the log of the new database.
  for (const suffix of ["-wal", "-shm"]) if (existsSync(file + suffix)) renameSync(file + suffix, kept + suffix);
  linkSync(file, kept);
  return kept;
}

/** Writes the write-ahead log into the database, so that there is one file to keep. */
function foldLog(file: string): void {
  // SQLite removes the log of a file that it does not take for a database with one.
  if (!isDatabaseWithLog(file)) return;
  const old = new Database(file, { fileMustExist: true });
  try {
    old.pragma("wal_checkpoint(TRUNCATE)");
  } catch {
    // The log stays beside it.
  } finally {
    old.close();
  }
}

/** By the header: https://sqlite.org/fileformat.html#the_database_header */
function isDatabaseWithLog(file: string): boolean {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, "r");
  readSync(descriptor, header);
  closeSync(descriptor);
  return header.toString("latin1", 0, 16) === "SQLite format 3\0" && header[18] === 2;
}
