/** `lastbeat verify`: checks all invariants of a ledger. */
import { loadConfig } from "../../config.ts";
import { failure } from "../../contract/errors.ts";
import { isOlder } from "../../ledger/upkeep/olderLedger.ts";
import { type CheckResult, checkLedger } from "../../ledger/upkeep/verify.ts";
import type { Command } from "../command.ts";
import { openLedgerFile } from "../databaseSource.ts";
import { choiceFlag, oneOf } from "../flags.ts";
import { jsonText, number, plain } from "../show.ts";

const formats = ["text", "json"] as const;

export const verify: Command = {
  name: "verify",
  words: "",
  summary: "Checks every invariant of the whole ledger, even while the server runs",
  needs: "data folder",
  flags: {
    db: { value: "<file>", help: "the database (default: from the server's configuration)" },
    format: choiceFlag(formats),
  },
  examples: ["lastbeat verify", "lastbeat verify --db backup.db && echo sound"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0)
      throw failure("usage", `unexpected argument ${given.words[0]}; name the database with --db <file>`);
    const file = given.values.db ?? loadConfig({ env: terminal.env }).ledger.file;
    const database = openLedgerFile(file);
    try {
      if (isOlder(database))
        throw failure(
          "failed",
          `${file} was written by an older version of Lastbeat: verify it with that version, or start a server on a copy first`,
        );
      const results = checkLedger(database);
      await terminal.out(format === "json" ? jsonText(results.map(resultView)) : results.map(lines).join(""));
      return results.every(({ problems }) => problems === 0) ? 0 : 1;
    } finally {
      database.close();
    }
  },
};

/** The longest name of a check, `retention-by-trusted-time`. */
const NAME_WIDTH = 25;

function resultView({ check: { name, holds }, lookedAt, problems, violations }: CheckResult) {
  return { check: name, ok: problems === 0, holds, lookedAt, problems, listed: violations.map(({ problem }) => problem) };
}

function lines({ check: { name, holds }, lookedAt, problems, violations }: CheckResult): string {
  if (problems === 0) return `ok      ${name.padEnd(NAME_WIDTH)}  ${number(lookedAt).padStart(9)}  ${holds}\n`;
  const listed = violations.map(({ problem }) => `          ${plain(problem)}\n`).join("");
  const more = problems > violations.length ? `          and ${number(problems - violations.length)} more\n` : "";
  return `BROKEN  ${name.padEnd(NAME_WIDTH)}  ${number(problems).padStart(9)}  violated: ${holds}\n${listed}${more}`;
}
