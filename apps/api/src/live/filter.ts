/** Matches sessions against a filter of the live table. */
import type { Session } from "@lastbeat/core";
import type { LiveFilter } from "../contract/liveWindow.ts";
import { stateOf } from "./columns.ts";

/** The searchable text of a session. NUL separates the parts, so a search cannot match across them. */
export function haystackOf({ id, user, userId, room, peer }: Session): string {
  return `${id}\0${user}\0${userId ?? ""}\0${room ?? ""}\0${peer.address}\0${peer.client}`.toLowerCase();
}

/** The search text in lower case; `null` if there is none. */
export const needleOf = ({ search }: LiveFilter): string | null =>
  search === undefined || search === "" ? null : search.toLowerCase();

/** Matches everything but the search text, which is the expensive part. */
export function matchesState(session: Session, { userId, state, kind }: LiveFilter): boolean {
  if (userId !== undefined && session.userId !== userId) return false;
  if (kind !== undefined && session.kind !== kind) return false;
  return state === undefined || state.length === 0 || state.includes(stateOf(session));
}

export function matches(session: Session, filter: LiveFilter): boolean {
  const needle = needleOf(filter);
  return matchesState(session, filter) && (needle === null || haystackOf(session).includes(needle));
}

export const narrows = ({ search, userId, state, kind }: LiveFilter): boolean =>
  userId !== undefined || (search ?? "") !== "" || (state ?? []).length > 0 || kind !== undefined;
