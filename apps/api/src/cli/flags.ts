/** Flag definitions of commands, and their parsing. */
import { parseArgs } from "node:util";
import { didYouMean } from "../config/suggest.ts";
import { failure } from "../contract/errors.ts";
import { expectedGot } from "../contract/validation.ts";

export interface Flag {
  /** Placeholder for the value in the help. A flag without one is a switch. */
  readonly value?: string;
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export interface Given {
  readonly values: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
  readonly words: readonly string[];
}

/** @throws {LastbeatError} `usage` for a flag that is unknown, repeated or lacks its value. */
export function readFlags(args: readonly string[], flags: Flags): Given {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value }]) => [name, { type: value === undefined ? "boolean" : "string" } as const]),
  );
  const { tokens } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });
  const values: Record<string, string> = {};
  const switches = new Set<string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name, inlineValue } = token;
    // In `--limit --follow`, the value of `--limit` is missing.
    const value = inlineValue === false && token.value.startsWith("--") ? undefined : token.value;
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    if (flag === undefined) throw failure("usage", `unknown flag ${token.rawName}${meant(token.rawName, flags)}`);
    if (Object.hasOwn(values, name))
      throw failure("usage", `--${name}: expected once, got twice; separate several values with commas`);
    if (flag.value === undefined) switches.add(noValue(name, value));
    else values[name] = aValue(name, value);
  }
  return { values, switches, words };
}

function meant(rawName: string, flags: Flags): string {
  const known = Object.keys(flags).map((name) => `--${name}`);
  return didYouMean(rawName, known);
}

function noValue(name: string, value: string | undefined): string {
  if (value !== undefined) throw failure("usage", `--${name}: ${expectedGot("no value", value)}`);
  return name;
}

function aValue(name: string, value: string | undefined): string {
  if (value === undefined || value === "") throw failure("usage", `--${name}: ${expectedGot("a value", undefined)}`);
  return value;
}

/** A flag with one of several values. The first is the default. */
export function choiceFlag([first, ...others]: readonly [string, ...string[]]): Flag {
  return { value: "<format>", help: [`${first} (default)`, ...others].join(", ") };
}

/** The value of such a flag. @throws {LastbeatError} `usage` for an unknown value. */
export function oneOf<const T extends string>(given: Given, name: string, choices: readonly [T, ...T[]]): T {
  const value = given.values[name] ?? choices[0];
  const chosen = choices.find((choice) => choice === value);
  if (chosen === undefined) throw failure("usage", `--${name}: ${expectedGot(`one of ${choices.join(", ")}`, value)}`);
  return chosen;
}
