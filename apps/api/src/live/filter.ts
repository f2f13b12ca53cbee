/** Which sessions a filter of the live table lets through. */
import type { Session } from "@lastbeat/core";
import type { LiveFilter } from "../contract/liveWindow.ts";
import { stateOf } from "./columns.ts";

/** Everything of a session that is searched, in one text. The parts cannot run together: nobody types the character between them. */
export function haystackOf({ id, user, room, peer }: Session): string {
  return `${id}\0${user}\0${room ?? ""}\0${peer.address}\0${peer.client}`.toLowerCase();
}

/** The text that is looked for; `null` when none is. */
export const needleOf = ({ search }: LiveFilter): string | null =>
  search === undefined || search === "" ? null : search.toLowerCase();

/** All but the search, which is the costly part. */
export function matchesState(session: Session, { state, kind }: LiveFilter): boolean {
  if (kind !== undefined && session.kind !== kind) return false;
  return state === undefined || state.length === 0 || state.includes(stateOf(session));
}

export function matches(session: Session, filter: LiveFilter): boolean {
  const needle = needleOf(filter);
  return matchesState(session, filter) && (needle === null || haystackOf(session).includes(needle));
}

export const narrows = ({ search, state, kind }: LiveFilter): boolean =>
  (search ?? "") !== "" || (state ?? []).length > 0 || kind !== undefined;
