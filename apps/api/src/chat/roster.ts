/**
 * A room's members in the order of joining, with a version that counts what happened to them: whoever knows one version is told
 * what changed since, in a few bytes, however many are in the room.
 */
import type { Session } from "@lastbeat/core";
import type { MemberChanges, MemberSnapshot, RoomMember } from "../contract/push.ts";

/** Members beyond this many are counted and not listed, so that no list outgrows what a slow link can take. */
const MAX_LISTED = 200;
/** Changes told at once; more come with the next telling. */
const MAX_CHANGES = 50;
/** Departures remembered; who knows only an older version gets the whole list. */
const MAX_DEPARTURES = 200;

export interface Member {
  readonly session: Session;
  readonly person: string;
  readonly joinedAtMs: number;
  presence: RoomMember["presence"];
  /** The version of the roster that its client was brought to; 0 for none. */
  knows: number;
  /** When the others were last told that this member types; monotonic milliseconds. */
  typedAtMs: number;
  /** Messages of it that are being stored. */
  sending: number;
  /** It typed while one was. */
  typedWhileSending: boolean;
  /** Gives up the session's claim on the membership without leaving. */
  disown: () => void;
}

interface Entry {
  readonly member: Member;
  /** The version that its latest change made. */
  changedAt: number;
  listed: boolean;
}

interface Departure {
  readonly sessionId: string;
  readonly changedAt: number;
}

export class Roster {
  readonly #entries = new Map<string, Entry>();
  /** By session, the latest last: who comes and goes all the time takes one place, and costs the others no list. */
  readonly #departures = new Map<string, Departure>();
  #version = 0;
  #listed = 0;
  /** Who knows an older version than this cannot be told the changes since. */
  #changesFrom = 0;

  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(sessionId: string): Member | undefined {
    return this.#entries.get(sessionId)?.member;
  }

  *members(): Generator<Member> {
    for (const { member } of this.#entries.values()) yield member;
  }

  add(member: Member): void {
    const listed = this.#listed < MAX_LISTED;
    if (listed) this.#listed += 1;
    this.#entries.set(member.session.id, { member, changedAt: ++this.#version, listed });
  }

  remove(sessionId: string): void {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return;
    this.#entries.delete(sessionId);
    this.#version += 1;
    if (!entry.listed) return;
    this.#listed -= 1;
    this.#departed({ sessionId, changedAt: this.#version });
    this.#listNext();
  }

  /** @returns whether that is news. */
  setPresence(sessionId: string, presence: RoomMember["presence"]): boolean {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined || entry.member.presence === presence) return false;
    entry.member.presence = presence;
    entry.changedAt = ++this.#version;
    return true;
  }

  snapshot(): MemberSnapshot {
    const members = this.#listedEntries().map(({ member }) => shown(member));
    return { version: this.#version, total: this.size, members };
  }

  /** What happened after `since`, the oldest first and not too much at once; `null` when that is no longer known. */
  changesAfter(since: number): MemberChanges | null {
    if (since < this.#changesFrom || since > this.#version) return null;
    const happened: (Entry | Departure)[] = [...this.#listedEntries(), ...this.#departures.values()];
    const after = happened.filter(({ changedAt }) => changedAt > since).sort((a, b) => a.changedAt - b.changedAt);
    const told = after.slice(0, MAX_CHANGES);
    return {
      since,
      version: told.length < after.length ? (told.at(-1)?.changedAt ?? since) : this.#version,
      total: this.size,
      changed: told.flatMap((one) => ("member" in one ? [shown(one.member)] : [])),
      left: told.flatMap((one) => ("member" in one ? [] : [one.sessionId])),
    };
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

  /** The list has a place: it goes to whoever came first of those not listed. */
  #listNext(): void {
    if (this.#listed === this.#entries.size) return;
    for (const entry of this.#entries.values()) {
      if (entry.listed) continue;
      entry.listed = true;
      entry.changedAt = ++this.#version;
      this.#listed += 1;
      return;
    }
  }

  #listedEntries(): Entry[] {
    const listed: Entry[] = [];
    for (const entry of this.#entries.values()) {
      // Places are given in the order of joining, so nobody after the first without one has one.
      if (!entry.listed) break;
      listed.push(entry);
    }
    return listed;
  }
}

function shown({ session, person, presence, joinedAtMs }: Member): RoomMember {
  return { sessionId: session.id, user: session.user, person, presence, joinedAtMs };
}
