/** Checks a whole ledger against what must hold in it. Reads only, and one moment of the database, also while a server writes. */
import type Database from "better-sqlite3";
import { detectionBucket } from "../detectionBuckets.ts";
import { type LedgerCheck, ledgerChecks } from "./ledgerChecks.ts";

/** Problems that a check lists; the rest it only counts. */
const LISTED = 100;

export interface Violation {
  /** Name of the check, see `ledgerChecks.ts`. */
  readonly check: string;
  readonly problem: string;
}

export interface CheckResult {
  readonly check: LedgerCheck;
  /** Rows that were looked at. */
  readonly lookedAt: number;
  /** The first problems; empty when the check holds. */
  readonly violations: readonly Violation[];
  /** All problems, those not listed included. */
  readonly problems: number;
}

/** Everything that is wrong with a ledger, at most 100 a check; empty when it is sound. */
export function verifyLedger(database: Database.Database): Violation[] {
  return checkLedger(database).flatMap(({ violations }) => violations);
}

/** The same check by check. */
export function checkLedger(database: Database.Database): CheckResult[] {
  database.function("detection_bucket", { deterministic: true }, (ms: unknown) => detectionBucket(Number(ms)));
  return database.transaction(() => ledgerChecks.map((check) => run(database, check)))();
}

function run(database: Database.Database, check: LedgerCheck): CheckResult {
  const violations: Violation[] = [];
  let problems = 0;
  for (const { problem } of database.prepare<[], { problem: string }>(check.wrong).iterate()) {
    problems += 1;
    if (problems <= LISTED) violations.push({ check: check.name, problem });
  }
  return { check, lookedAt: Number(database.prepare(check.looksAt).pluck().get()), violations, problems };
}
