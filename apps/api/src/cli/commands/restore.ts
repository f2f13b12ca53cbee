/** `lastbeat restore`: puts a backup in the place of the database. */
import { resolve } from "node:path";
import type Database from "better-sqlite3";
import { loadConfig } from "../../config.ts";
import { failure, isKnown } from "../../contract/errors.ts";
import { canonicalPath } from "../../ledger/canonicalPath.ts";
import { makeFolder } from "../../ledger/openDatabase.ts";
import { writeFailure } from "../../ledger/storeErrors.ts";
import { type CheckedCopy, copyChecked } from "../../ledger/upkeep/checkedCopy.ts";
import { restoreDatabase } from "../../ledger/upkeep/restoreDatabase.ts";
import type { Command } from "../command.ts";
import { openLedgerFile } from "../databaseSource.ts";
import { choiceFlag, type Given, oneOf } from "../flags.ts";
import { jsonText, number, plain } from "../show.ts";
import { verdictOn } from "./backup.ts";

const formats = ["text", "json"] as const;

export const restore: Command = {
  name: "restore",
  words: "<file>",
  summary: "Puts a backup in the place of the database; the server must be stopped",
  needs: "data folder",
  flags: {
    db: { value: "<file>", help: "the database to replace (default: from the server's configuration)" },
    force: { help: "restore a backup that does not pass lastbeat verify" },
    format: choiceFlag(formats),
  },
  examples: ["lastbeat restore /backup/lastbeat-2026-11-27.db"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const source = sourceOf(given);
    const file = canonicalPath(given.values.db ?? loadConfig({ env: terminal.env }).ledger.file);
    if (canonicalPath(source) === file) throw failure("usage", `${source} is the database itself`);
    const backup = openLedgerFile(source);
    try {
      makeFolder(file);
      const { copy, kept } = restored(backup, { file, source, force: given.switches.has("force") });
      const old = kept === null ? "there was no database before" : `the old one is kept in ${kept}`;
      const line = `${file} is now ${source}: ${number(copy.sessions)} sessions, ${verdictOn(copy)}; ${old}`;
      await terminal.out(format === "json" ? jsonText({ file, kept, ...copy }) : `${plain(line)}\n`);
      return 0;
    } finally {
      backup.close();
    }
  },
};

function sourceOf({ words }: Given): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw failure("usage", "expected one file: lastbeat restore <file>");
  return resolve(word);
}

interface Wanted {
  readonly file: string;
  readonly source: string;
  readonly force: boolean;
}

function restored(backup: Database.Database, { file, source, force }: Wanted) {
  let copy: CheckedCopy | undefined;
  const write = (beside: string) => {
    copy = copyChecked(backup, beside);
    const { age, violated } = copy;
    if (age === "newer")
      throw failure("failed", `${source} was written by a newer version of Lastbeat: restore it with that version`);
    if (violated.length > 0 && !force)
      throw failure("failed", `${source} violates ${violated.join(", ")}: use another backup, or restore it with --force`);
  };
  try {
    const kept = restoreDatabase({ file, nowMs: Date.now(), write });
    return { copy: copy as CheckedCopy, kept };
  } catch (thrown) {
    throw isKnown(thrown) ? thrown : failure("failed", `cannot restore ${file}: ${writeFailure(thrown)}`, { cause: thrown });
  }
}
