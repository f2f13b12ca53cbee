/** Sort keys of the live table's columns. Ascending refers to the displayed value: the youngest and most recently seen come first. */
import type { Session } from "@lastbeat/core";
import type { LiveColumn, LiveState } from "../contract/liveWindow.ts";

/** A number, or text in the form of `naturalKey`. */
export type SortKey = number | string;

/** The value of each column. Must be cheap: it is read for every session once per second. */
const readers: Readonly<Record<LiveColumn, (session: Session) => SortKey>> = {
  user: ({ user }) => user,
  room: ({ room }) => room ?? "",
  state: (session) => stateRank[stateOf(session)],
  round_trip: ({ lastRoundTripMs }) => lastRoundTripMs ?? -1,
  misses: ({ misses }) => misses,
  age: ({ openedAtMs }) => -openedAtMs,
  last_seen: ({ seenMonoMs }) => -seenMonoMs,
  last_active: ({ activeMonoMs }) => -activeMonoMs,
  address: ({ peer }) => peer.address,
  client: ({ peer }) => peer.client,
};

/** States that may need attention come first. */
const stateRank: Readonly<Record<LiveState, number>> = { suspect: 0, opening: 1, suspended: 2, ending: 3, active: 4 };

export function stateOf({ misses, state }: Session): LiveState {
  if (misses > 0) return "suspect";
  return state === "ended" ? "ending" : state;
}

/** Returns the reader of a column. Its text is not yet normalised. */
export const readerOf = (column: LiveColumn): ((session: Session) => SortKey) => readers[column];

/** Converts a column value to its comparison key. */
export const keyOf = (value: SortKey): SortKey => (typeof value === "string" ? naturalKey(value) : value);

/** Key for natural order: ignores case, and puts `user 9` before `user 10` by prefixing each number with its length. */
export function naturalKey(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => `${String.fromCharCode(48 + digits.length)}${digits}`);
}

/** Compares two keys. Callers break ties by session id, so that every order is total. */
export function compareKeys(a: SortKey, b: SortKey): number {
  // Equality first: it is cheap, and leaves one string comparison instead of two.
  return a === b ? 0 : a < b ? -1 : 1;
}
