/** The command type and its help text. */
import type { Right } from "../contract/rights.ts";
import type { Flags, Given } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

export interface Command {
  readonly name: string;
  /** Positional arguments after the name, such as `<id>`. */
  readonly words: string;
  readonly summary: string;
  /** The right it needs on a server that does not let programs of its machine read, or the server's own files. */
  readonly needs: Right | "data folder";
  /** What its exit status says, if it is not what others' says. */
  readonly exits?: string;
  readonly flags: Flags;
  readonly examples: readonly string[];
  /** @returns the exit status. */
  run(given: Given, terminal: Terminal): Promise<number>;
}

const FLAG_WIDTH = 20;
const LINE_WIDTH = 100;

const exitStatuses = "Exit status: 0 done, 1 failed or violations found, 2 usage error (one line on standard error).";

export function helpOf({ name, words, summary, flags, examples, exits = exitStatuses }: Command): string {
  const usage = `lastbeat ${name}${words === "" ? "" : ` ${words}`} [flags]`;
  const rows = Object.entries(flags).map(([flag, { value, help }]) => {
    const left = `--${flag}${value === undefined ? "" : ` ${value}`}`;
    return `  ${left.padEnd(FLAG_WIDTH)}  ${wrapped(help).join(`\n${" ".repeat(FLAG_WIDTH + 4)}`)}`;
  });
  return [
    `${summary}.`,
    "",
    `Usage: ${usage}`,
    "",
    "Flags:",
    ...rows,
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    "",
    exits,
    "",
  ].join("\n");
}

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, words, summary }) => `  ${`${name} ${words}`.padEnd(38)}  ${summary}`);
  return [
    "Asks a Lastbeat server, or a copy of its database, about sessions and how they ended.",
    "",
    "Usage: lastbeat <command> [flags]",
    "",
    "Commands:",
    ...rows,
    "",
    "lastbeat <command> --help shows a command's flags and examples.",
    exitStatuses,
    "",
  ].join("\n");
}

/** Wraps text at word boundaries to fit beside a flag. */
function wrapped(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line.length + 1 + word.length > LINE_WIDTH - FLAG_WIDTH - 4) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
