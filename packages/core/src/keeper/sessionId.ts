/**
 * Session ids: `session_` and a ULID (48 bits of wall time, 80 random bits, Crockford's base 32 in lower case).
 * They sort by time of opening, and a double click selects a whole id.
 */
import { Buffer } from "node:buffer";
import type { Random } from "../ports/random.ts";

export const SESSION_ID_PREFIX = "session_";

const CODES = Buffer.from("0123456789abcdefghjkmnpqrstvwxyz", "latin1");
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;
const TIME_START = SESSION_ID_PREFIX.length;
const RANDOM_START = TIME_START + TIME_DIGITS;
const scratch = Buffer.alloc(RANDOM_START + RANDOM_DIGITS);
scratch.write(SESSION_ID_PREFIX, "latin1");

/** Ids a client may ask for: the prefix, then 6 to 64 characters that need no escaping anywhere. */
const PATTERN = /^session_[A-Za-z0-9_-]{6,64}$/;

/** Whether a string has the form of a session id. */
export function isSessionId(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Makes a session id. `wallMs` is epoch milliseconds; its 48 bits last until the year 10889.
 * Built in one flat buffer, because a concatenated string keeps its parts alive and costs several times as much as a map key.
 */
export function makeSessionId(wallMs: number, random: Random): string {
  let rest = Math.max(0, Math.floor(wallMs));
  for (let at = RANDOM_START - 1; at >= TIME_START; at -= 1) {
    scratch[at] = CODES[rest % 32] as number;
    rest = Math.floor(rest / 32);
  }
  const bytes = random.bytes(RANDOM_DIGITS);
  for (let digit = 0; digit < RANDOM_DIGITS; digit += 1)
    scratch[RANDOM_START + digit] = CODES[(bytes[digit] as number) & 31] as number;
  return scratch.toString("latin1");
}
