/** Who is here as people, not as tabs: the sessions of one name in one browser are one person. */
import type { RoomMember } from "@lastbeat/api";
import { Namesakes } from "./namesakes.ts";

export interface Person {
  readonly key: string;
  readonly user: string;
  /** Above 1 for another person of the same name. */
  readonly number: number;
  /** Of their sessions the best: who answers in one tab is here. */
  readonly presence: RoomMember["presence"];
  readonly sessionIds: readonly string[];
  readonly joinedAtMs: number;
}

const rank: Readonly<Record<RoomMember["presence"], number>> = { present: 0, suspect: 1, suspended: 2 };

/** Sorted by name, then by who came first. */
export function peopleOf(members: readonly RoomMember[], namesakes = new Namesakes()): Person[] {
  const people = new Map<string, Person>();
  for (const { person: key, user, presence, sessionId, joinedAtMs } of members) {
    const known = people.get(key);
    const best = known !== undefined && rank[known.presence] < rank[presence] ? known.presence : presence;
    people.set(key, {
      key,
      user,
      number: namesakes.numberOf({ person: key, user }),
      presence: best,
      sessionIds: [...(known?.sessionIds ?? []), sessionId],
      joinedAtMs: Math.min(known?.joinedAtMs ?? joinedAtMs, joinedAtMs),
    });
  }
  return [...people.values()].sort((a, b) => a.user.localeCompare(b.user) || a.joinedAtMs - b.joinedAtMs);
}

/** Names of those who type, each person once, without the one at this page. */
export function typingPeople(
  people: readonly Person[],
  typing: ReadonlyMap<string, string>,
  ownSessionId: string | null,
): string[] {
  const names = new Map<string, string>();
  for (const [sessionId, user] of typing) {
    const person = people.find(({ sessionIds }) => sessionIds.includes(sessionId));
    const own = ownSessionId !== null && person?.sessionIds.includes(ownSessionId) === true;
    if (!own)
      names.set(person?.key ?? sessionId, person !== undefined && person.number > 1 ? `${user} (${person.number})` : user);
  }
  return [...names.values()];
}
