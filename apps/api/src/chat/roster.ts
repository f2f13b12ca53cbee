/**
 * A room's members in joining order, versioned: a client that knows one version receives only the changes since, in a few bytes,
 * however many members the room has.
 */
import type { Session } from "@lastbeat/core";
import type { MemberChanges, MemberSnapshot, RoomMember } from "../contract/push.ts";

/** Members beyond this many are counted but not listed, so that a list never overwhelms a slow link. */
const MAX_LISTED = 200;
/** Changes per update. The rest follows with the next one. */
const MAX_CHANGES = 50;
/** Departures remembered. A client with an older version gets the full list. */
const MAX_DEPARTURES = 200;

export interface Member {
  readonly session: Session;
  readonly person: string;
  readonly joinedAtMs: number;
  presence: RoomMember["presence"];
  /** The roster version its client has; 0 for none. */
  knownVersion: number;
  /** When the others were last notified that this member is typing; monotonic milliseconds. */
  typedAtMs: number;
  /** Number of its messages being stored. */
  sending: number;
  /** Whether it typed while a message was being stored. */
  typedWhileSending: boolean;
  /** Number of joins whose answers, which list the members, are still to come. */
  joining: number;
  /** Releases the session's ownership of the membership without leaving. */
  disown: () => void;
}

export interface Entry {
  readonly member: Member;
  /** The version produced by its latest change. */
  changedAt: number;
  listed: boolean;
}

interface Departure {
  readonly sessionId: string;
  readonly changedAt: number;
}

type Change = Entry | Departure;

/** The listed members, in joining order. */
export interface Listing {
  readonly members: readonly RoomMember[];
  /** The same as JSON. */
  readonly json: Buffer;
}

export class Roster {
  readonly #entries = new Map<string, Entry>();
  /** By session, latest last. A session that joins and leaves repeatedly takes only one place. */
  readonly #departures = new Map<string, Departure>();
  #version = 0;
  #listed = 0;
  /** The oldest version for which the changes since are still known. */
  #changesFrom = 0;
  /** What is shown of the listed members, until that changes. */
  #listing: Listing | null = null;
  /** Everything that could be told as a change, oldest first, until there is a newer version. */
  #changes: readonly Change[] = [];
  #changesAt = 0;

  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(sessionId: string): Member | undefined {
    return this.#entries.get(sessionId)?.member;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  add(member: Member): void {
    const listed = this.#listed < MAX_LISTED;
    if (listed) {
      this.#listed += 1;
      this.#listing = null;
    }
    this.#entries.set(member.session.id, { member, changedAt: ++this.#version, listed });
  }

  remove(sessionId: string): void {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    this.#entries.delete(sessionId);
    this.#version += 1;
    if (!entry.listed) return;
    this.#listed -= 1;
    this.#listing = null;
    this.#departed({ sessionId, changedAt: this.#version });
    this.#listNext();
  }

  /** @returns whether the presence changed. */
  setPresence(sessionId: string, presence: RoomMember["presence"]): boolean {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined || entry.member.presence === presence) return false;
    entry.member.presence = presence;
    if (entry.listed) this.#listing = null;
    entry.changedAt = ++this.#version;
    return true;
  }

  snapshot(): MemberSnapshot {
    return { version: this.#version, total: this.size, members: this.listing().members };
  }

  /** Made once, however many ask before it changes. */
  listing(): Listing {
    if (this.#listing === null) {
      const members = this.#listedEntries().map(({ member }) => shown(member));
      this.#listing = { members, json: Buffer.from(JSON.stringify(members)) };
    }
    return this.#listing;
  }

  /** Changes after version `since`, oldest first and at most `MAX_CHANGES`; `null` if they are no longer known. */
  changesAfter(since: number): MemberChanges | null {
    if (since < this.#changesFrom || since > this.#version) return null;
    const all = this.#allChanges();
    const from = firstAfter(all, since);
    const sent = all.slice(from, from + MAX_CHANGES);
    return {
      since,
      version: from + sent.length < all.length ? (sent.at(-1)?.changedAt ?? since) : this.#version,
      total: this.size,
      changed: sent.flatMap((one) => ("member" in one ? [shown(one.member)] : [])),
      left: sent.flatMap((one) => ("member" in one ? [] : [one.sessionId])),
    };
  }

  /** Sorted once per version, as clients that joined one after another each know another one. */
  #allChanges(): readonly Change[] {
    if (this.#changesAt !== this.#version) {
      const all: Change[] = [...this.#listedEntries(), ...this.#departures.values()];
      this.#changes = all.sort((a, b) => a.changedAt - b.changedAt);
      this.#changesAt = this.#version;
    }
    return this.#changes;
  }

  #departed(departure: Departure): void {
    this.#departures.delete(departure.sessionId);
    this.#departures.set(departure.sessionId, departure);
    if (this.#departures.size <= MAX_DEPARTURES) return;
    for (const { sessionId, changedAt } of this.#departures.values()) {
      this.#departures.delete(sessionId);
      this.#changesFrom = changedAt;
      return;
    }
  }

  /** Lists the longest-standing unlisted member when a place becomes free. */
  #listNext(): void {
    if (this.#listed === this.#entries.size) return;
    for (const entry of this.#entries.values()) {
      if (entry.listed) continue;
      entry.listed = true;
      this.#listing = null;
      entry.changedAt = ++this.#version;
      this.#listed += 1;
      return;
    }
  }

  #listedEntries(): Entry[] {
    const listed: Entry[] = [];
    for (const entry of this.#entries.values()) {
      // Places are assigned in joining order, so no one after the first unlisted member is listed.
      if (!entry.listed) break;
      listed.push(entry);
    }
    return listed;
  }
}

/** The place of the first change after this version. */
function firstAfter(changes: readonly Change[], version: number): number {
  let [from, to] = [0, changes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((changes[middle]?.changedAt ?? 0) > version) to = middle;
    else from = middle + 1;
  }
  return from;
}

function shown({ session, person, presence, joinedAtMs }: Member): RoomMember {
  return { sessionId: session.id, user: session.user, person, presence, joinedAtMs };
}
