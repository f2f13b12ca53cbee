/** Converts a query string to schema input: splits comma-separated lists and parses numbers. */
import { z } from "zod";
import { checked } from "../contract/checked.ts";
import { type EndQuery, endQuerySchema } from "../contract/endQuery.ts";
import { badField } from "../contract/errors.ts";
import { momentForms, momentMs } from "../contract/moment.ts";
import { expectedGot } from "../contract/validation.ts";

/** Parameters that specify the range other than in epoch milliseconds. */
const moments = { since: "fromMs", until: "toMs" } as const;

export const momentSchema = z.string().describe(`alternative to fromMs and toMs, written as ${momentForms}`);

/** @throws {LastbeatError} naming each invalid or unknown parameter. */
export function queryParams<Output>(schema: z.ZodType<Output>, params: URLSearchParams): Output {
  const properties = z.toJSONSchema(schema, { io: "input" }).properties ?? {};
  const query: Record<string, unknown> = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const type = typeof property === "object" ? property.type : undefined;
    if (type === "array") query[name] = values.flatMap((value) => value.split(","));
    else if (type === "integer" || type === "number") query[name] = numberOrText(values.join(","));
    else query[name] = values.join(",");
  }
  return checked(schema, query, "query");
}

/** Parses an end query from a query string. @throws {LastbeatError} naming each invalid or unknown parameter. */
export function endParams(params: URLSearchParams, nowMs: number): EndQuery {
  const plain = new URLSearchParams(params);
  for (const [name, field] of Object.entries(moments)) {
    const written = plain.get(name);
    if (written === null) continue;
    if (plain.has(field)) throw badField(name, `expected either ${name} or ${field}, got both`);
    const atMs = momentMs(written, nowMs);
    if (atMs === null) throw badField(name, expectedGot(momentForms, written));
    plain.delete(name);
    plain.set(field, String(atMs));
  }
  return queryParams(endQuerySchema, plain);
}

function numberOrText(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
