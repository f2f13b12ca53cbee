/** Finds and runs the command, and turns errors into one line and an exit status. */

import type { LastbeatError } from "@lastbeat/core";
import { didYouMean } from "../config/suggest.ts";
import { exitStatusOf, failure } from "../contract/errors.ts";
import { version } from "../version.ts";
import { type Command, helpOf, overview } from "./command.ts";
import { audit } from "./commands/audit.ts";
import { backup } from "./commands/backup.ts";
import { doctor } from "./commands/doctor.ts";
import { end } from "./commands/end.ts";
import { ends } from "./commands/ends.ts";
import { logLevel } from "./commands/log.ts";
import { operatorLink, operatorList } from "./commands/operator.ts";
import { restore } from "./commands/restore.ts";
import { sessions } from "./commands/sessions.ts";
import { stats } from "./commands/stats.ts";
import { tokenCreate, tokenList, tokenRevoke } from "./commands/token.ts";
import { verify } from "./commands/verify.ts";
import { webhooks, webhooksDead, webhooksResend } from "./commands/webhooks.ts";
import { readFlags } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

// Of two that begin alike, the longer one first.
export const commands: readonly Command[] = [
  ends,
  sessions,
  stats,
  end,
  tokenCreate,
  tokenList,
  tokenRevoke,
  operatorLink,
  operatorList,
  audit,
  logLevel,
  verify,
  backup,
  restore,
  doctor,
  webhooksDead,
  webhooksResend,
  webhooks,
];

/** @returns the exit status. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    const status = exitStatusOf(error);
    terminal.err(status === null ? `lastbeat: internal error: ${stackOf(error)}` : linesOf(error));
    return status ?? 1;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const [first = "--help"] = args;
  if (["--help", "-h", "help"].includes(first)) return print(overview(commands), terminal);
  if (["--version", "-v"].includes(first)) return print(`${version}\n`, terminal);
  const command = commands.find(({ name }) => name.split(" ").every((word, at) => args[at] === word));
  if (command === undefined) return unknown(args, terminal);
  const rest = args.slice(command.name.split(" ").length);
  if (rest.includes("--help") || rest.includes("-h")) return print(helpOf(command), terminal);
  return command.run(readFlags(rest, command.flags), terminal);
}

function linesOf(error: unknown): string {
  const { code, message } = error as LastbeatError;
  return code === "invalid_config" ? message : `lastbeat: ${message}`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Handles an unknown command. The first word may begin several commands, such as `token`. */
function unknown([first = "", second]: readonly string[], terminal: Terminal): Promise<number> | never {
  const family = commands.filter(({ name }) => name.startsWith(`${first} `));
  const names = family.length > 0 ? family.map(({ name }) => name) : commands.map(({ name }) => name.split(" ")[0] ?? name);
  if (family.length > 0 && (second === "--help" || second === "-h")) return print(overview(family), terminal);
  if (family.length > 0) throw failure("usage", `expected one of ${names.join(", ")}`);
  throw failure("usage", `unknown command ${first}${didYouMean(first, names) || "; lastbeat --help lists them"}`);
}

async function print(text: string, terminal: Terminal): Promise<number> {
  await terminal.out(text);
  return 0;
}
