/** JSON as clients send it. Everything behind this door may walk what it lets in, for it is not nested without end. */
import { failure } from "./errors.ts";

/** Objects and arrays within one another; nothing here needs more than a handful. */
export const MAX_JSON_DEPTH = 32;

export const TOO_DEEP = `is nested deeper than ${MAX_JSON_DEPTH} levels`;

/** @throws {LastbeatError} `bad_json` when the text is not JSON or is nested too deep. */
export function parseClientJson(text: string, what: "frame" | "body"): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure("bad_json", `the ${what} is not JSON`);
  }
  // Each level takes two characters at least.
  if (text.length > 2 * MAX_JSON_DEPTH && isTooDeep(value)) throw failure("bad_json", `the ${what} ${TOO_DEEP}`);
  return value;
}

/** Whether a parsed value is nested deeper than allowed; it looks no deeper than that itself. */
export function isTooDeep(value: unknown, levelsLeft = MAX_JSON_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levelsLeft === 0) return true;
  for (const child of Object.values(value)) if (isTooDeep(child, levelsLeft - 1)) return true;
  return false;
}
