/**
 * Keeps a copy of the database as the previous version left it, before migrations change it (rule RUN4). The way back is that version
 * and its copy: `<database>.from-<version>-<time>`.
 */
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { cannotOpen, writeFailure } from "../storeErrors.ts";
import { copyDatabase, pageProblems } from "./databaseCopy.ts";

export interface UpgradeCopy {
  readonly file: string;
  /** Copies to keep, the new one included; 0 makes none. */
  readonly keep: number;
  readonly nowMs: number;
}

/**
 * @returns the copy's path; `null` if none is kept.
 * @throws {LastbeatError} `database_unusable` if it cannot be written; the database is unchanged.
 */
export function copyBeforeUpgrade(older: Database.Database, { file, keep, nowMs }: UpgradeCopy): string | null {
  if (keep === 0) return null;
  // An upgrade that fails is tried again at each start, and must not push out the copies of earlier versions.
  const [newest] = upgradeCopies(file);
  const state = stateOf(older);
  if (newest !== undefined && state !== null && stateOfFile(newest) === state) return newest;
  const copy = `${file}.from-${versionOf(older) ?? "unknown"}-${stampOf(nowMs)}`;
  try {
    copyDatabase(older, copy, (made) => {
      const [problem] = pageProblems(made);
      if (problem !== undefined) throw new Error(problem);
    });
  } catch (thrown) {
    const cause = `the database cannot be copied before its upgrade: ${writeFailure(thrown)}`;
    const advice = `make room in ${dirname(file)}, or set ledger.upgrade_copies to 0 and keep a backup elsewhere`;
    throw cannotOpen("failed", `${cause}; it was left as it is: ${advice}`);
  }
  for (const old of upgradeCopies(file).slice(keep)) rmSync(old, { force: true });
  return copy;
}

/** The copies of this database, the newest first. */
export function upgradeCopies(file: string): string[] {
  const folder = dirname(file);
  const prefix = `${basename(file)}.from-`;
  const stamped = readdirSync(folder).filter((name) => name.startsWith(prefix) && STAMP.test(name));
  const timeOf = (name: string) => STAMP.exec(name)?.[0] ?? "";
  return stamped.sort((a, b) => timeOf(b).localeCompare(timeOf(a))).map((name) => join(folder, name));
}

const STAMP = /\d{8}T\d{6}Z$/;

/** `20261127T130500Z`: names that sort by time and suit every file system. */
export function stampOf(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** The last run and the last proof that it ran: changes with whatever a server writes. `null` if the database does not say. */
function stateOf(database: Database.Database): string | null {
  try {
    const state = database.prepare("SELECT max(id) || ' ' || max(alive_at_ms) FROM boots").pluck().get();
    return typeof state === "string" ? state : null;
  } catch {
    return null;
  }
}

function stateOfFile(file: string): string | null {
  try {
    const copy = new Database(file, { readonly: true, fileMustExist: true });
    try {
      return stateOf(copy);
    } finally {
      copy.close();
    }
  } catch {
    return null;
  }
}

/** The version that wrote the database last; `null` if it does not say. */
export function versionOf(database: Database.Database): string | null {
  try {
    const version = database.prepare("SELECT version FROM boots ORDER BY id DESC LIMIT 1").pluck().get();
    return typeof version === "string" ? version.replaceAll(/[^\w.+-]/g, "_").slice(0, 40) : null;
  } catch {
    return null;
  }
}
