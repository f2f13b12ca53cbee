/** `lastbeat operator …`: lists operators, and makes one-time links beside a running server, without a way into it. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { Keyring } from "../../auth/keyring.ts";
import { LINK_LIFETIME_MS, signedLink } from "../../auth/signInLinks.ts";
import { loadConfig } from "../../config.ts";
import { checked } from "../../contract/checked.ts";
import { failure } from "../../contract/errors.ts";
import { operatorName, type StoredOperator } from "../../contract/operators.ts";
import { type Role, roles } from "../../contract/rights.ts";
import { createOperatorReads } from "../../ledger/read/operatorReads.ts";
import type { Command } from "../command.ts";
import { choiceFlag, type Flags, type Given, oneOf } from "../flags.ts";
import { jsonText, moment } from "../show.ts";
import { type Column, Table } from "../table.ts";
import type { Terminal } from "../terminal.ts";

const formats = ["text", "json"] as const;

const flags: Flags = {
  db: { value: "<file>", help: "the server's database (default: from its configuration)" },
  format: choiceFlag(formats),
};

type Listed = Omit<StoredOperator, "password" | "subject">;

const columns: readonly Column<Listed>[] = [
  { title: "NAME", width: 16, cell: ({ name }) => name },
  { title: "ROLE", width: 8, cell: ({ role }) => role },
  { title: "STATE", width: 8, cell: ({ disabledAtMs }) => (disabledAtMs === null ? "enabled" : "disabled") },
  { title: "CREATED (UTC)", width: 19, cell: ({ createdAtMs }) => moment(createdAtMs) },
  {
    title: "LAST SIGN-IN (UTC)",
    width: 19,
    cell: ({ lastSignInAtMs }) => (lastSignInAtMs === null ? "never" : moment(lastSignInAtMs)),
  },
];

export const operatorList: Command = {
  name: "operator list",
  words: "",
  summary: "Lists operators' accounts",
  needs: "data folder",
  flags,
  examples: ["lastbeat operator list"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    if (given.words.length > 0) throw failure("usage", `unexpected argument ${given.words[0]}`);
    const list = accountsIn(fileOf(given, terminal)).map(({ password: _, subject: __, ...account }): Listed => account);
    const text = list.length === 0 ? "There are no operators yet.\n" : new Table(columns, terminal.columns).lines(list, true);
    await terminal.out(format === "json" ? jsonText(list) : text);
    return 0;
  },
};

export const operatorLink: Command = {
  name: "operator link",
  words: "<name>",
  summary: "Makes a one-time link for a new or forgotten password",
  needs: "data folder",
  flags: {
    role: { value: "<role>", help: `the role of a new account: ${roles.join(", ")}` },
    url: { value: "<url>", help: "where operators reach the server (default: its own address)" },
    ...flags,
  },
  examples: ["lastbeat operator link ada", "lastbeat operator link bob --role viewer --url https://chat.example.com"],
  async run(given, terminal) {
    const format = oneOf(given, "format", formats);
    const [word, ...more] = given.words;
    if (word === undefined || more.length > 0) throw failure("usage", "expected one name: lastbeat operator link <name>");
    const name = checked(operatorName, word, "<name>");
    const file = fileOf(given, terminal);
    const accounts = accountsIn(file);
    const account = accounts.find((one) => one.name === name);
    const role = roleFor(name, account, given.values.role);
    const first = accounts.length === 0;
    if (first && role !== "admin")
      throw failure("usage", `there is no operator yet, and the first must be an administrator: use --role admin`);
    const wanted = { name, role, by: "command line", first };
    const { path, grant } = signedLink(secretBeside(file), { wanted, account, expiresAtMs: Date.now() + LINK_LIFETIME_MS });
    const link = `${addressOf(given, terminal)}${path}`;
    await terminal.out(format === "json" ? jsonText({ name, role, link, expiresAtMs: grant.expiresAtMs }) : `${link}\n`);
    if (format === "text")
      terminal.err(`This link sets the password of ${name} (${role}), once, until ${moment(grant.expiresAtMs)} UTC`);
    return 0;
  },
};

/** The secret of the server whose database this is. @throws {LastbeatError} `failed` */
function secretBeside(file: string): string {
  const keys = join(dirname(file), "operators.json");
  if (!existsSync(keys)) throw failure("failed", `no such file: ${keys}; start the server once, which makes it`);
  const secret = Keyring.secretIn(keys);
  if (secret === null) throw failure("failed", `${keys} is damaged; the next start of the server replaces it`);
  return secret;
}

/** @throws {LastbeatError} `usage` if the link could not be used. */
function roleFor(name: string, account: StoredOperator | undefined, written: string | undefined): Role {
  const role = written === undefined ? undefined : roles.find((one) => one === written);
  if (written !== undefined && role === undefined) throw failure("usage", `--role: expected one of ${roles.join(", ")}`);
  if (account === undefined) {
    if (role === undefined) throw failure("usage", `no operator named ${name}; with --role the link makes the account`);
    return role;
  }
  if (account.disabledAtMs !== null)
    throw failure("usage", `the account of ${name} is disabled; enable it on the admin page first`);
  if (account.subject !== null) throw failure("usage", `${name} signs in with the identity provider and has no password here`);
  if (role !== undefined && role !== account.role)
    throw failure("usage", `${name} has the role ${account.role}; change it on the admin page`);
  return account.role;
}

function fileOf({ values }: Given, { env }: Terminal): string {
  return values.db === undefined ? loadConfig({ env }).ledger.file : resolve(values.db);
}

function accountsIn(file: string): readonly StoredOperator[] {
  if (!existsSync(file)) throw failure("failed", `no such file: ${file}; start the server once, which makes it`);
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return createOperatorReads(database).operators(null).accounts;
  } catch (error) {
    throw failure("failed", `cannot read operators from ${file}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    database.close();
  }
}

function addressOf({ values }: Given, { env }: Terminal): string {
  if (values.url !== undefined) return values.url.replace(/\/+$/, "");
  const { host, port, basePath } = loadConfig({ env }).server;
  const name = ["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host) ? "localhost" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}${basePath}`;
}
