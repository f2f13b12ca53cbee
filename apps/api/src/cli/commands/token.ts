/** `lastbeat token …`: makes, lists and revokes tokens in the server's data folder; a server that runs notices at once. */
import { dirname, join, resolve } from "node:path";
import { TokenFile, TokenRefused } from "../../auth/tokenFile.ts";
import { loadConfig } from "../../config.ts";
import { type TokenView, tokenInput } from "../../contract/tokens.ts";
import type { Command } from "../command.ts";
import { CommandFailed, UsageError } from "../failure.ts";
import { choiceFlag, type Flags, type Given, oneOf } from "../flags.ts";
import { jsonText, moment, plain } from "../show.ts";
import { type Column, Table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const formats = ["text", "json"] as const;

const flags: Flags = {
  data: { value: "<folder>", help: "the server's data folder, else that of its configuration" },
  format: choiceFlag(formats),
};

const columns: readonly Column<TokenView>[] = [
  { title: "ID", width: 10, cell: ({ id }) => id },
  { title: "NAME", width: 12, cell: ({ name }) => name },
  { title: "SCOPE", width: 7, cell: ({ scope }) => scope },
  { title: "MADE (UTC)", width: 19, cell: ({ createdAtMs }) => moment(createdAtMs) },
  { title: "LAST USED (UTC)", width: 19, cell: ({ lastUsedAtMs }) => (lastUsedAtMs === null ? "never" : moment(lastUsedAtMs)) },
];

function tokensOf({ values }: Given, { env }: Terminal): TokenFile {
  const folder = values.data === undefined ? dirname(loadConfig({ env }).ledger.file) : resolve(values.data);
  return new TokenFile(join(folder, "tokens.json"), () => Date.now());
}

function oneWord({ words }: Given, usage: string): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw new UsageError(`say ${usage}`);
  return word;
}

async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const refused = error instanceof TokenRefused || (error instanceof Error && "code" in error);
    throw refused ? new CommandFailed((error as Error).message) : error;
  }
}

export const tokenCreate: Command = {
  name: "token create",
  words: "<name>",
  summary: "Makes a token and prints it this once",
  flags: { scope: { value: "<scope>", help: "read, or operate to end sessions too" }, ...flags },
  examples: ["lastbeat token create grafana", "export LASTBEAT_TOKEN=$(lastbeat token create deploy --scope operate)"],
  async run(given, terminal) {
    const scope = oneOf(given, "scope", ["read", "operate"]);
    const format = oneOf(given, "format", formats);
    const name = tokenInput.shape.name.safeParse(oneWord(given, "lastbeat token create <name>"));
    if (!name.success) throw new UsageError(`the name: ${name.error.issues[0]?.message}`);
    const made = await explained(tokensOf(given, terminal).create(name.data, scope));
    await terminal.out(format === "json" ? jsonText(made) : `${made.token}\n`);
    if (format === "text")
      terminal.err(`This token (${scope}) is shown only now; revoke it with lastbeat token revoke ${made.id}`);
    return 0;
  },
};

export const tokenList: Command = {
  name: "token list",
  words: "",
  summary: "Lists the tokens there are, without their secrets",
  flags,
  examples: ["lastbeat token list"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0) throw new UsageError(`unexpected ${given.words[0]}`);
    const tokens = tokensOf(given, terminal);
    const problem = tokens.problem();
    if (problem !== null) throw new CommandFailed(problem);
    const list = tokens.list();
    const text = list.length === 0 ? "There is no token.\n" : new Table(columns, terminal.columns).lines(list, true);
    await terminal.out(format === "json" ? jsonText(list) : text);
    return 0;
  },
};

export const tokenRevoke: Command = {
  name: "token revoke",
  words: "<id or name>",
  summary: "Revokes a token; the next request with it is refused",
  flags,
  examples: ["lastbeat token revoke grafana"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const idOrName = oneWord(given, "lastbeat token revoke <id or name>");
    const revoked = await explained(tokensOf(given, terminal).revoke(idOrName));
    if (revoked === null) throw new UsageError(`no token ${plain(idOrName)}; lastbeat token list shows those there are`);
    await terminal.out(format === "json" ? jsonText(revoked) : `${plain(revoked.name)} is revoked\n`);
    return 0;
  },
};
