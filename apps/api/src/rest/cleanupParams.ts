/** Turns the query string of `/api/cleanups` into the one query model: lists are written with commas, times in epoch ms. */
import { type CleanupQuery, cleanupQuerySchema } from "../contract/cleanupQuery.ts";
import { checked } from "./restError.ts";

const lists = new Set(["tier", "reason", "initiator"]);
const numbers = new Set(["fromMs", "toMs", "limit"]);

/** @throws {RestError} naming each parameter that is wrong or unknown. */
export function cleanupParams(params: URLSearchParams): CleanupQuery {
  const query: Record<string, unknown> = {};
  for (const name of new Set(params.keys())) {
    const values = params.getAll(name);
    if (lists.has(name)) query[name] = values.flatMap((value) => value.split(","));
    else if (numbers.has(name)) query[name] = numberOrText(values.join(","));
    else query[name] = values.join(",");
  }
  return checked(cleanupQuerySchema, query);
}

function numberOrText(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
