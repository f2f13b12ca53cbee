/**
 * Fetches what a due session's heartbeat will look at. Sessions lie all over the memory and one is looked at twice in half a minute,
 * so nearly every object is away from the processor's caches; reading the same few fields of many sessions in a row lets the
 * processor wait for all of them at once, which the work itself, one session after another, does not.
 */
import type { SessionRecord } from "./session.ts";

/** Kept, for the compiler leaves out what nobody uses. */
const fetched = { last: 0 };

export function lookAhead(record: SessionRecord): void {
  const { state } = record;
  let sum = record.activeMs + record.beatMark;
  if (state.kind === "active") sum += state.misses + state.limitMs + state.link.lookAhead();
  fetched.last = sum;
}
