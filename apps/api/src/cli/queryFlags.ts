/** Flags derived from the end query: one per field, with its description and choices. */
import { hasCode } from "@lastbeat/core";
import { z } from "zod";
import { type EndQuery, endQuerySchema } from "../contract/endQuery.ts";
import { failure } from "../contract/errors.ts";
import { momentForms } from "../contract/moment.ts";
import { summaryOf } from "../contract/validation.ts";
import { endParams } from "../rest/queryParams.ts";
import type { Flag, Flags, Given } from "./flags.ts";

interface Property {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: string | number;
  readonly items?: { readonly enum?: readonly string[] };
}

const properties = (z.toJSONSchema(endQuerySchema, { io: "input" }).properties ?? {}) as Record<string, Property>;

/** `fromMs` becomes `--from-ms`. */
const flagName = (field: string) => field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const fieldOf = new Map(Object.keys(properties).map((field) => [flagName(field), field]));

function flagOf({ type, description = "", enum: choice, items, default: otherwise }: Property): Flag {
  const choices = choice ?? items?.enum;
  const value = type === "integer" ? "<n>" : items === undefined ? "<text>" : "<a,b>";
  const help = choices === undefined ? description : `${description}: ${choices.join(", ")}`;
  return { value, help: otherwise === undefined ? help : `${help} (default ${otherwise})` };
}

export const queryFlags: Flags = {
  since: { value: "<when>", help: `ends detected at or after this time: ${momentForms}` },
  until: { value: "<when>", help: "ends detected before this time" },
  ...Object.fromEntries(Object.entries(properties).map(([field, property]) => [flagName(field), flagOf(property)])),
};

/** @throws {LastbeatError} `usage` naming the invalid flags. */
export function queryOf({ values }: Given): EndQuery {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (Object.hasOwn(queryFlags, name)) params.set(fieldOf.get(name) ?? name, value);
  }
  try {
    return endParams(params, Date.now());
  } catch (error) {
    if (!hasCode(error, "bad_request")) throw error;
    const issues = (error.issues ?? []).map(({ field, message }) => ({ field: `--${flagOfIssue(field, values)}`, message }));
    throw failure("usage", summaryOf(issues));
  }
}

/** The flag as typed: `--until` and `--to-ms` set the same field. */
function flagOfIssue(field: string, values: Given["values"]): string {
  const name = flagName(field.split(".")[0] ?? "");
  return name === "to-ms" && values.until !== undefined ? "until" : name;
}
