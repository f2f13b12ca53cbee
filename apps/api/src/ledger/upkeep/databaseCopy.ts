/**
 * Copies a database to another file while a server writes to it (rule RUN3). The copy is one moment of the database. It is written under
 * another name, checked, flushed to the disk and only then given its own name, so that there is never half a copy under it.
 */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";

const PARTIAL = /\.(\d+)\.partial$/;

/**
 * @param database - the database to copy; a read-only connection will do.
 * @param file - the copy. One that is there is replaced.
 * @param check - looks at the complete copy. If it throws, there is no copy.
 */
export function copyDatabase(database: Database.Database, file: string, check: (copy: Database.Database) => void): void {
  removeAbandoned(file);
  const partial = `${file}.${process.pid}.partial`;
  // SQLite would create it with the rights of the umask.
  closeSync(openSync(partial, "wx", 0o600));
  try {
    // The backup API starts again after each commit of another process, and so never finishes beside a busy server.
    database.prepare("VACUUM INTO ?").run(partial);
    checkCopy(partial, check);
    flush(partial);
    renameSync(partial, file);
    flush(dirname(file));
  } catch (thrown) {
    rmSync(partial, { force: true });
    throw thrown;
  }
}

function checkCopy(partial: string, check: (copy: Database.Database) => void): void {
  const copy = new Database(partial, { readonly: true, fileMustExist: true });
  try {
    check(copy);
  } finally {
    copy.close();
  }
}

/** Damage to the file itself, page by page, in SQLite's words; empty if there is none. */
export function pageProblems(database: Database.Database): string[] {
  const lines = database.prepare<[], string>("PRAGMA quick_check(10)").pluck().all();
  return lines.length === 1 && lines[0] === "ok" ? [] : lines;
}

/** Flushes a file, or the names in a folder, to the disk. */
export function flush(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes what a copy to this file left behind when its process was killed. */
function removeAbandoned(file: string): void {
  for (const name of readdirSync(dirname(file))) {
    const [partial, pid] = PARTIAL.exec(name) ?? [];
    if (partial === undefined || name.slice(0, -partial.length) !== basename(file) || isRunning(Number(pid))) continue;
    rmSync(join(dirname(file), name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
