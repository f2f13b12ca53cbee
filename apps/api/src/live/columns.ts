/** What each column of the live table orders by. Ascending is by what the column shows: the youngest and the latest seen come first. */
import type { Session } from "@lastbeat/core";
import type { LiveColumn, LiveState } from "../contract/liveWindow.ts";

/** A number, or text in the form of `naturalKey`. */
export type SortKey = number | string;

/** What an order reads of a session. Cheap: read of every session once a second. */
const raw: Readonly<Record<LiveColumn, (session: Session) => SortKey>> = {
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

/** Those that may need somebody come first. */
const stateRank: Readonly<Record<LiveState, number>> = { suspect: 0, opening: 1, suspended: 2, ending: 3, active: 4 };

export function stateOf({ misses, state }: Session): LiveState {
  if (misses > 0) return "suspect";
  return state === "ended" ? "ending" : state;
}

/** What a column reads; text still as it is. */
export const readerOf = (column: LiveColumn): ((session: Session) => SortKey) => raw[column];

/** By what two values of a column are compared. */
export const keyOf = (value: SortKey): SortKey => (typeof value === "string" ? naturalKey(value) : value);

/** Text as people order it: case does not matter, and `user 9` comes before `user 10`, since each number is led by its length. */
export function naturalKey(text: string): string {
  return text.toLowerCase().replace(/\d+/g, (digits) => `${String.fromCharCode(48 + digits.length)}${digits}`);
}

/** Sessions of equal keys stand in the order of their ids, so that every order is one of all of them. */
export function compareKeys(a: SortKey, b: SortKey): number {
  // Equal first: that is cheap to see, and leaves one comparison of texts instead of two.
  return a === b ? 0 : a < b ? -1 : 1;
}
