/** The database: who holds it, whether it can be read, which version wrote it, whether its pages are whole. */
import { existsSync, statSync } from "node:fs";
import type Database from "better-sqlite3";
import { openLedgerFile } from "../cli/databaseSource.ts";
import { isKnown } from "../contract/errors.ts";
import { pageProblems } from "../ledger/upkeep/databaseCopy.ts";
import { lockHolder } from "../ledger/upkeep/databaseLock.ts";
import { appliedMigrationMs, newestMigrationMs } from "../ledger/upkeep/migrations.ts";
import { newestKnownMs } from "../ledger/upkeep/retentionUpkeep.ts";
import { versionOf } from "../ledger/upkeep/upgradeCopies.ts";
import { type Finding, megabytes, ok, problem, unknown, warning } from "./finding.ts";

/** Checking every page of a larger one takes long enough to ask first. */
const LARGE_BYTES = 4 * 1_024 ** 3;

export interface DatabaseSeen {
  readonly findings: readonly Finding[];
  /** Whether a server holds it. */
  readonly isHeld: boolean;
  /** The server's process, if known. */
  readonly holderPid: number | null;
  /** The newest time in it. */
  readonly knownMs: number | null;
}

export function databaseFindings(file: string, slow: boolean): DatabaseSeen {
  if (!existsSync(file)) {
    const findings = [ok("database", `${file} does not exist yet; the first start makes it`)];
    return { findings, isHeld: false, holderPid: null, knownMs: null };
  }
  const holder = lockHolder(file);
  const by = holder === null ? "no server holds it" : `held by ${holder.pid === null ? "a server" : `process ${holder.pid}`}`;
  const held = { isHeld: holder !== null, holderPid: holder?.pid ?? null };
  let database: Database.Database;
  try {
    database = openLedgerFile(file);
  } catch (error) {
    if (!isKnown(error)) throw error;
    return { findings: [problem("database", error.message)], ...held, knownMs: null };
  }
  try {
    const findings = [
      ok("database", `${file}, ${megabytes(statSync(file).size)}, ${by}`),
      schema(database),
      pages(database, file, slow),
    ];
    return { findings, ...held, knownMs: newestKnownMs(database) };
  } finally {
    database.close();
  }
}

function schema(database: Database.Database): Finding {
  const check = "schema";
  const [applied, newest] = [appliedMigrationMs(database), newestMigrationMs()];
  const writer = versionOf(database) ?? "an unknown version";
  if (applied === newest) return ok(check, `of this version; last written by ${writer}`);
  if (applied > newest) return problem(check, `written by ${writer}, which is newer than this: start that version`);
  return warning(check, `of an earlier version (${writer}): the next start copies the database and upgrades it`);
}

function pages(database: Database.Database, file: string, slow: boolean): Finding {
  const check = "pages";
  if (!slow && statSync(file).size > LARGE_BYTES) return unknown(check, "not checked, because the database is large: use --slow");
  try {
    const [damage] = pageProblems(database);
    return damage === undefined ? ok(check, "none is damaged") : problem(check, `${damage}: restore a backup`);
  } catch (error) {
    return problem(check, `${(error as Error).message}: restore a backup`);
  }
}
