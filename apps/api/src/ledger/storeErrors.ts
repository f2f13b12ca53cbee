/** What can go wrong with the database, in the words of the person who has to mend it. */

/** Why a database could not be opened. */
export type StoreOpenProblem = "in_use" | "damaged" | "not_ours" | "too_new" | "not_writable" | "failed";

/** The database could not be opened. `message` is one line that says what to do; nothing was changed in the file. */
export class StoreOpenError extends Error {
  readonly problem: StoreOpenProblem;
  /** For `in_use`: the process that holds the database, when it is known. */
  readonly holderPid: number | null;
  constructor(problem: StoreOpenProblem, message: string, holderPid: number | null = null) {
    super(message);
    this.name = "StoreOpenError";
    this.problem = problem;
    this.holderPid = holderPid;
  }
}

/** The store cannot do now what was asked of it. */
export class StoreUnavailableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StoreUnavailableError";
  }
}

/** A write that may be refused (a message, a revision) was refused. Nothing was stored. */
export class NotWritableError extends StoreUnavailableError {
  constructor(cause: string) {
    super(`the database cannot be written now: ${cause}`);
    this.name = "NotWritableError";
  }
}

/** A query was given up, because it would keep others waiting and the write-ahead log from being emptied. */
export class QueryTooLongError extends StoreUnavailableError {
  constructor(limitMs: number) {
    super(`this query takes longer than ${limitMs / 1_000} s: ask for a shorter time, or for less at once`);
    this.name = "QueryTooLongError";
  }
}

/** The `code` of an error thrown by SQLite, or an empty text. */
export function sqliteCode(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}

/** One record cannot be stored, whatever the state of the disk: it must not hold up the others. */
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

/** Turns what was thrown while opening `file` into an error that says what to do. */
export function openFailure(file: string, thrown: unknown): StoreOpenError {
  if (thrown instanceof StoreOpenError) return thrown;
  const code = sqliteCode(thrown);
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT")) {
    const advice = "it was left untouched; put a copy in its place, or move it away to start with an empty one";
    return new StoreOpenError("damaged", `${file} is damaged or is not an SQLite database: ${advice}`);
  }
  if (/^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|SQLITE_AUTH|EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ENOENT|EISDIR)/.test(code)) {
    const advice = "give this user the right to write there, or set ledger.file to another place";
    return new StoreOpenError("not_writable", `cannot write the database ${file} (${code}): ${advice}`);
  }
  return new StoreOpenError("failed", `cannot open the database ${file}: ${writeFailure(thrown)}`);
}
