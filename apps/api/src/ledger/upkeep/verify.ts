/** Checks a ledger against all invariants. Read-only, on one snapshot of the database, even while a server writes. */
import type Database from "better-sqlite3";
import { detectionBucket } from "../detectionBuckets.ts";
import { type LedgerCheck, ledgerChecks } from "./ledgerChecks.ts";

/** Violations listed per check. Further ones are only counted. */
const LISTED = 100;

export interface Violation {
  /** Name of the check, see `ledgerChecks.ts`. */
  readonly check: string;
  readonly problem: string;
}

export interface CheckResult {
  readonly check: LedgerCheck;
  /** Number of rows examined. */
  readonly lookedAt: number;
  /** The first violations; empty if the check passes. */
  readonly violations: readonly Violation[];
  /** Number of all violations, including those not listed. */
  readonly problems: number;
}

/** All violations in a ledger, at most 100 per check; empty if it is sound. */
export function verifyLedger(database: Database.Database): Violation[] {
  return checkLedger(database).flatMap(({ violations }) => violations);
}

/** Runs all checks and returns their results. */
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
