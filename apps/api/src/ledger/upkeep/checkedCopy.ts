/** Copies a ledger and verifies the copy, for `lastbeat backup` and `lastbeat restore` (rules RUN3 and RUN5). */
import type Database from "better-sqlite3";
import { failure } from "../../contract/errors.ts";
import { writeFailure } from "../storeErrors.ts";
import { copyDatabase, pageProblems } from "./databaseCopy.ts";
import { appliedMigrationMs, newestMigrationMs } from "./migrations.ts";
import { checkLedger } from "./verify.ts";

export interface CheckedCopy {
  /** Which version's rules the ledger was written by, compared to this version's. Only its own can be checked. */
  readonly age: "older" | "same" | "newer";
  /** Names of the invariants that are violated; always empty for another version. */
  readonly violated: readonly string[];
  /** Number of sessions in it. */
  readonly sessions: number;
}

/** @throws {LastbeatError} `failed` if the copy cannot be written or is damaged. Then there is none. */
export function copyChecked(database: Database.Database, file: string): CheckedCopy {
  let checked: CheckedCopy | undefined;
  try {
    copyDatabase(database, file, (copy) => {
      const [damage] = pageProblems(copy);
      if (damage !== undefined) throw new Error(`the copy is damaged: ${damage}`);
      checked = checkedLedger(copy);
    });
  } catch (thrown) {
    throw failure("failed", `cannot copy the database to ${file}: ${writeFailure(thrown)}`, { cause: thrown });
  }
  return checked as CheckedCopy;
}

export function checkedLedger(database: Database.Database): CheckedCopy {
  const sessions = Number(database.prepare("SELECT count(*) FROM sessions").pluck().get());
  const age = ageOf(database);
  const results = age === "same" ? checkLedger(database) : [];
  return { age, sessions, violated: results.filter(({ problems }) => problems > 0).map(({ check }) => check.name) };
}

function ageOf(database: Database.Database): CheckedCopy["age"] {
  const [applied, newest] = [appliedMigrationMs(database), newestMigrationMs()];
  if (applied === newest) return "same";
  return applied < newest ? "older" : "newer";
}
