/** `lastbeat backup`: copies the database while the server runs. */
import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { loadConfig } from "../../config.ts";
import { failure } from "../../contract/errors.ts";
import { canonicalPath } from "../../ledger/canonicalPath.ts";
import { type CheckedCopy, copyChecked } from "../../ledger/upkeep/checkedCopy.ts";
import type { Command } from "../command.ts";
import { openLedgerFile } from "../databaseSource.ts";
import { choiceFlag, type Given, oneOf } from "../flags.ts";
import { jsonText, number, plain } from "../show.ts";

const formats = ["text", "json"] as const;

export const backup: Command = {
  name: "backup",
  words: "<file>",
  summary: "Copies the database to a file, even while the server runs, and verifies the copy",
  needs: "data folder",
  flags: {
    db: { value: "<file>", help: "the database to copy (default: from the server's configuration)" },
    overwrite: { help: "replace the file if it exists; the old one is there until the new one is complete" },
    format: choiceFlag(formats),
  },
  examples: ["lastbeat backup /backup/lastbeat-$(date +%F).db", "lastbeat backup --overwrite latest.db && rsync latest.db host:"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const target = targetOf(given);
    const source = given.values.db ?? loadConfig({ env: terminal.env }).ledger.file;
    if (canonicalPath(source) === canonicalPath(target)) throw failure("usage", `${target} is the database itself`);
    const database = openLedgerFile(source);
    let copy: CheckedCopy;
    try {
      copy = copyChecked(database, target);
    } finally {
      database.close();
    }
    const bytes = statSync(target).size;
    await terminal.out(format === "json" ? jsonText({ file: target, bytes, ...copy }) : `${line(target, bytes, copy)}\n`);
    return copy.violated.length === 0 ? 0 : 1;
  },
};

function targetOf({ words, switches }: Given): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw failure("usage", "expected one file: lastbeat backup <file>");
  const target = resolve(word);
  if (!existsSync(dirname(target))) throw failure("failed", `no such folder: ${dirname(target)}`);
  if (existsSync(target) && !switches.has("overwrite"))
    throw failure("failed", `${target} exists: choose another name, or replace it with --overwrite`);
  return target;
}

function line(target: string, bytes: number, copy: CheckedCopy): string {
  return plain(`${target}: ${number(copy.sessions)} sessions, ${number(bytes)} bytes, ${verdictOn(copy)}`);
}

/** What is known about a copy, in words. */
export function verdictOn({ age, violated }: CheckedCopy): string {
  if (age !== "same")
    return `undamaged; written by ${age === "older" ? "an older" : "a newer"} version, so only that one can verify it`;
  if (violated.length === 0) return "verified";
  return `complete, but it violates ${violated.join(", ")}, as the database does: lastbeat verify lists where`;
}
