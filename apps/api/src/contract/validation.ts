/**
 * Validation messages of the form `field: expected <what>, got <value>`, identical in every interface. Importing this file configures zod
 * to use them. A schema provides its own wording with `expected`.
 */
import type { ErrorIssue } from "@lastbeat/core";
import { z } from "zod";

const MAX_ISSUES = 3;
const MAX_CHOICES = 20;
const MAX_VALUE_LENGTH = 40;
const MAX_FIELD_LENGTH = 80;

const UNKNOWN_FIELD = "unknown field";

/** Control characters, which affect a terminal or log, and invisible ones. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Formats a value for a message: shortened and safe to print. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(shortened(value)).replace(invisible, escaped);
  if (Array.isArray(value)) return shortened(JSON.stringify(value)).replace(invisible, escaped);
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}

function shortened(text: string, most = MAX_VALUE_LENGTH): string {
  return (text.length > most ? `${text.slice(0, most)}…` : text).toWellFormed();
}

export function expectedGot(what: string, value: unknown): string {
  return `expected ${what}, got ${shown(value)}`;
}

/** The message for a custom check. */
export function expected(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => expectedGot(what, input);
}

/** Like `expectedGot`, for what is or may contain a secret such as a token: tells its kind or length, never its content. */
export function expectedGotSecret(what: string, value: unknown): string {
  return `expected ${what}, got ${typeof value === "string" ? lengthOf(value) : kindOf(value)}`;
}

/** The message for a secret. */
export function expectedSecret(what: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => expectedGotSecret(what, input);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return value === null || typeof value === "object" || value === undefined ? shown(value) : `a ${typeof value}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  record: "an object",
  null: "null",
  undefined: "nothing",
  never: "nothing",
  nonoptional: "a value",
};
const formats: Readonly<Record<string, string>> = { uuid: "a UUID" };

/** An issue before or after zod has set its message. */
type AnyIssue = z.core.$ZodRawIssue | z.core.$ZodIssue;

function expectation(issue: AnyIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return kinds[issue.expected] ?? issue.expected;
    case "too_small":
      return sized(issue.origin, issue.minimum, issue.inclusive === false ? "more than" : "at least");
    case "too_big":
      return sized(issue.origin, issue.maximum, issue.inclusive === false ? "less than" : "at most");
    case "invalid_format":
      return formats[issue.format] ?? `a string of the form ${issue.pattern ?? issue.format}`;
    case "invalid_value":
      return choice(issue.values.map(String));
    case "invalid_union":
      return alternatives(issue.errors);
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    default:
      return "another value";
  }
}

function sized(origin: string, limit: number | bigint, bound: string): string {
  const count = (unit: string) => `${bound} ${limit} ${unit}${Number(limit) === 1 ? "" : "s"}`;
  if (origin === "string") return `a string of ${count("character")}`;
  if (origin === "array" || origin === "set") return `an array of ${count("item")}`;
  return `${origin === "int" ? "a whole number" : "a number"} of ${bound} ${limit}`;
}

function choice(values: readonly string[]): string {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return shown(only);
  const more = values.length - MAX_CHOICES;
  return `one of ${values.slice(0, MAX_CHOICES).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

function alternatives(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const whats = branches.flatMap(([first]) => (first === undefined ? [] : [expectation(first)]));
  return whats.length === 0 ? "another value" : [...new Set(whats)].join(" or ");
}

/** The value received. For a string of the wrong length, its length is more useful and does not reveal its content. */
function received({ code, input }: z.core.$ZodRawIssue): string {
  const isSize = code === "too_small" || code === "too_big";
  if (isSize && typeof input === "string") return lengthOf(input);
  return isSize && Array.isArray(input) ? String(input.length) : shown(input);
}

function lengthOf({ length }: string): string {
  return `${length} character${length === 1 ? "" : "s"}`;
}

function messageOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "unrecognized_keys") return UNKNOWN_FIELD;
  if (issue.code === "invalid_key") return keyMessage(issue.issues);
  return `expected ${expectation(issue)}, got ${received(issue)}`;
}

/** The message for an invalid key of a record. Its key schema either lists the names or limits their length. */
function keyMessage([first]: readonly z.core.$ZodIssue[] = []): string {
  if (first === undefined || first.code === "invalid_value") return UNKNOWN_FIELD;
  return `expected a name that is ${expectation(first)}`;
}

z.config({ customError: messageOf });

/** Converts to one issue per field. @param root the name for the input as a whole, for issues not about a single field. */
export function issuesOf({ issues }: z.core.$ZodError, root: string): ErrorIssue[] {
  const byField = new Map<string, ErrorIssue>();
  for (const issue of issues.flatMap((each) => fieldIssues(each, root))) {
    if (!byField.has(issue.field)) byField.set(issue.field, issue);
  }
  return [...byField.values()];
}

/** Each unknown field gets its own issue. */
function fieldIssues(issue: z.core.$ZodIssue, root: string): ErrorIssue[] {
  const { path, message } = issue;
  if (issue.code !== "unrecognized_keys") return [{ field: fieldOf(path, root), message }];
  return issue.keys.map((key) => ({ field: fieldOf([...path, key], root), message: UNKNOWN_FIELD }));
}

function fieldOf(path: readonly PropertyKey[], root: string): string {
  if (path.length === 0) return root;
  return shortened(path.map(String).join("."), MAX_FIELD_LENGTH).replace(invisible, escaped) || '""';
}

/** Summarises issues on one line: the first few, and the number of others. */
export function summaryOf(issues: readonly ErrorIssue[]): string {
  const parts = issues.slice(0, MAX_ISSUES).map(({ field, message }) => `${field}: ${message}`);
  const more = issues.length - MAX_ISSUES;
  return [...parts, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
