/** Parses JSON from clients and limits its nesting depth, so that all later code can recurse safely. */
import { failure } from "./errors.ts";

/** Maximum nesting of objects and arrays. The protocol needs only a few levels. */
export const MAX_JSON_DEPTH = 32;

export const TOO_DEEP = `is nested deeper than ${MAX_JSON_DEPTH} levels`;

/** @throws {LastbeatError} `bad_json` if the text is not JSON or is nested too deeply. */
export function parseClientJson(text: string, what: "frame" | "body"): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure("bad_json", `the ${what} is not JSON`);
  }
  // Each level takes at least two characters.
  if (text.length > 2 * MAX_JSON_DEPTH && isTooDeep(value)) throw failure("bad_json", `the ${what} ${TOO_DEEP}`);
  return value;
}

/** Whether a parsed value is nested too deeply. Recurses no deeper than the limit. */
export function isTooDeep(value: unknown, levelsLeft = MAX_JSON_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levelsLeft === 0) return true;
  for (const child of Object.values(value)) if (isTooDeep(child, levelsLeft - 1)) return true;
  return false;
}
