/** `lastbeat token …`: creates, lists and revokes tokens in the server's data folder. A running server notices at once. */
import { dirname, join, resolve } from "node:path";
import { LastbeatError } from "@lastbeat/core";
import { TokenFile } from "../../auth/tokenFile.ts";
import { loadConfig } from "../../config.ts";
import { checked } from "../../contract/checked.ts";
import { failure } from "../../contract/errors.ts";
import { rights } from "../../contract/rights.ts";
import { expiryAfter, TOKEN_DAYS, type TokenScope, type TokenView, tokenInput, tokenScopes } from "../../contract/tokens.ts";
import { expectedGot } from "../../contract/validation.ts";
import type { Command } from "../command.ts";
import { choiceFlag, type Flags, type Given, oneOf } from "../flags.ts";
import { jsonText, moment, plain } from "../show.ts";
import { type Column, Table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const formats = ["text", "json"] as const;
const defaultScopes = "sessions:read,history:read";

const flags: Flags = {
  data: { value: "<folder>", help: "the server's data folder (default: from its configuration)" },
  format: choiceFlag(formats),
};

const columns: readonly Column<TokenView>[] = [
  { title: "ID", width: 10, cell: ({ id }) => id },
  { title: "NAME", width: 12, cell: ({ name }) => name },
  { title: "SCOPES", width: 24, cell: ({ scopes }) => scopes.join(",") },
  { title: "CREATED (UTC)", width: 19, cell: ({ createdAtMs }) => moment(createdAtMs) },
  { title: "EXPIRES (UTC)", width: 19, cell: ({ expiresAtMs }) => (expiresAtMs === null ? "never" : moment(expiresAtMs)) },
  { title: "LAST USED (UTC)", width: 19, cell: ({ lastUsedAtMs }) => (lastUsedAtMs === null ? "never" : moment(lastUsedAtMs)) },
];

function tokensOf({ values }: Given, { env }: Terminal): TokenFile {
  const folder = values.data === undefined ? dirname(loadConfig({ env }).ledger.file) : resolve(values.data);
  return new TokenFile(join(folder, "tokens.json"), () => Date.now());
}

function oneWord({ words }: Given, usage: string): string {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw failure("usage", `expected ${usage}`);
  return word;
}

function scopesOf({ values }: Given): TokenScope[] {
  return (values.scope ?? defaultScopes).split(",").map((written) => {
    const scope = tokenScopes.find((one) => one === written.trim());
    if (scope === undefined) throw failure("usage", `--scope: ${expectedGot(`one of ${rights.join(", ")}`, written)}`);
    return scope;
  });
}

/** Days until the token expires; `null` for never. */
function daysOf({ values: { expires = `${TOKEN_DAYS}d` } }: Given): number | null {
  if (expires === "never") return null;
  const days = tokenInput.shape.days.safeParse(Number(/^(\d{1,4})d?$/.exec(expires)?.[1] ?? Number.NaN));
  if (!days.success) throw failure("usage", `--expires: ${expectedGot("days from 1d to 3650d, or never", expires)}`);
  return days.data;
}

function told({ scopes, expiresAtMs }: TokenView): string {
  return `${scopes.join(", ")}; ${expiresAtMs === null ? "never expires" : `expires ${moment(expiresAtMs)} UTC`}`;
}

/** File system errors are for the operator to fix and need no stack. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof LastbeatError || !(error instanceof Error && "code" in error)) throw error;
    throw failure("failed", error.message, { cause: error });
  }
}

export const tokenCreate: Command = {
  name: "token create",
  words: "<name>",
  summary: "Creates a token and prints it once",
  needs: "data folder",
  flags: {
    scope: { value: "<scopes>", help: `what it may do (default ${defaultScopes}); several with commas: ${rights.join(", ")}` },
    expires: { value: "<time>", help: `after so many days, such as 30d, or never (default ${TOKEN_DAYS}d)` },
    ...flags,
  },
  examples: [
    "lastbeat token create grafana",
    "export LASTBEAT_TOKEN=$(lastbeat token create deploy --scope sessions:end --expires 30d)",
  ],
  async run(given, terminal) {
    const scopes = scopesOf(given);
    const days = daysOf(given);
    const format = oneOf(given, "format", formats);
    const name = checked(tokenInput.shape.name, oneWord(given, "one name: lastbeat token create <name>"), "<name>");
    const made = await explained(tokensOf(given, terminal).create(name, scopes, expiryAfter(days, Date.now())));
    await terminal.out(format === "json" ? jsonText(made) : `${made.token}\n`);
    if (format === "text")
      terminal.err(`This token (${told(made)}) is shown only once; revoke it with lastbeat token revoke ${made.id}`);
    return 0;
  },
};

export const tokenList: Command = {
  name: "token list",
  words: "",
  summary: "Lists all tokens, without their secrets",
  needs: "data folder",
  flags,
  examples: ["lastbeat token list"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0) throw failure("usage", `unexpected argument ${given.words[0]}`);
    const tokens = tokensOf(given, terminal);
    const problem = tokens.problem();
    if (problem !== null) throw failure("failed", problem);
    const list = tokens.list();
    const text = list.length === 0 ? "There are no tokens.\n" : new Table(columns, terminal.columns).lines(list, true);
    await terminal.out(format === "json" ? jsonText(list) : text);
    return 0;
  },
};

export const tokenRevoke: Command = {
  name: "token revoke",
  words: "<id or name>",
  summary: "Revokes a token; the next request with it is refused",
  needs: "data folder",
  flags,
  examples: ["lastbeat token revoke grafana"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const idOrName = oneWord(given, "one id or name: lastbeat token revoke <id or name>");
    const revoked = await explained(tokensOf(given, terminal).revoke(idOrName));
    if (revoked === null) throw failure("usage", `no such token: ${plain(idOrName)}; lastbeat token list lists them`);
    await terminal.out(format === "json" ? jsonText(revoked) : `${plain(revoked.name)} is revoked\n`);
    return 0;
  },
};
