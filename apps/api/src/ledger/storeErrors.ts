/** Database errors, with messages for the person who has to fix them. */

import { hasCode, type LastbeatError } from "@lastbeat/core/errors";
import { failure } from "../contract/errors.ts";

/** Why a database could not be opened. */
export type StoreOpenProblem = "in_use" | "damaged" | "not_ours" | "too_new" | "not_writable" | "failed";

export interface StoreOpenFailure {
  readonly problem: StoreOpenProblem;
  /** For `in_use`: the process that holds the database, if known. */
  readonly holderPid: number | null;
}

export type StoreOpenError = LastbeatError<"database_unusable", StoreOpenFailure>;

/** The error for a database that cannot be opened. `message` is one line that says what to do. The file was not changed. */
export function cannotOpen(problem: StoreOpenProblem, message: string, holderPid: number | null = null): StoreOpenError {
  return failure("database_unusable", message, { data: { problem, holderPid } });
}

/** The error when someone else saved settings first. */
export function staleRevision(newest: number): Error {
  return failure("conflict", `the settings were changed in the meantime: the newest revision is ${newest}`);
}

/** The error for a query aborted by the time limit. */
export function queryTooLong(limitMs: number): Error {
  return failure("unavailable", `the query takes longer than ${limitMs / 1_000} s: narrow the time range or the filter`);
}

/** The `code` of an error thrown by SQLite, or an empty string. */
export function sqliteCode(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}

/** Whether the error is about a single record, regardless of the disk. Such a record must not hold up the others. */
export function isRecordError(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  if (code.startsWith("SQLITE_CONSTRAINT") || code === "SQLITE_MISMATCH" || code === "SQLITE_TOOBIG") return true;
  return thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof SyntaxError;
}

const causes: readonly (readonly [prefix: string, text: string])[] = [
  ["SQLITE_FULL", "the disk is full"],
  ["ENOSPC", "the disk is full"],
  ["SQLITE_READONLY", "the database file is read-only"],
  ["SQLITE_BUSY", "another program keeps the database locked"],
  ["SQLITE_CORRUPT", "the database file is damaged"],
  ["SQLITE_NOTADB", "the database file is damaged"],
  ["SQLITE_IOERR", "the disk reported an I/O error"],
  ["SQLITE_CANTOPEN", "the database file cannot be opened"],
];

/** Why a write failed, in one line. */
export function writeFailure(thrown: unknown): string {
  const code = sqliteCode(thrown);
  const known = causes.find(([prefix]) => code.startsWith(prefix));
  if (known !== undefined) return `${known[1]} (${code})`;
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Converts an error from opening `file` to one that says what to do. */
export function openFailure(file: string, thrown: unknown): StoreOpenError {
  if (hasCode(thrown, "database_unusable")) return thrown as StoreOpenError;
  const code = sqliteCode(thrown);
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT")) {
    const advice = "it was left untouched; put a copy in its place, or move it away to start with an empty one";
    return cannotOpen("damaged", `${file} is damaged or is not an SQLite database: ${advice}`);
  }
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|SQLITE_AUTH|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|EISDIR)/.test(code)) {
    const advice = "give this user the right to write there, or set ledger.file to another place";
    return cannotOpen("not_writable", `cannot write the database ${file} (${code}): ${advice}`);
  }
  return cannotOpen("failed", `cannot open the database ${file}: ${writeFailure(thrown)}`);
}
