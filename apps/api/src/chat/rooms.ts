/** Tracks room membership and sends events to a room's members. A session is in at most one room. */
import type { PushEvent } from "../contract/push.ts";
import { encodePush, isPushSocket } from "../transports/pushSocket.ts";
import { NamesHere } from "./namesHere.ts";
import { type Member, Roster } from "./roster.ts";

export interface Room {
  readonly name: string;
  readonly roster: Roster;
  /** Of its users; an operator, who has signed in, may be called anything. */
  readonly names: NamesHere;
}

export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #bySession = new Map<string, Room>();

  roomOf(sessionId: string): Room | undefined {
    return this.#bySession.get(sessionId);
  }

  member(sessionId: string): Member | undefined {
    return this.roomOf(sessionId)?.roster.get(sessionId);
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  add(name: string, member: Member): Room {
    const room = this.#rooms.get(name) ?? { name, roster: new Roster(), names: new NamesHere() };
    this.#rooms.set(name, room);
    room.roster.add(member);
    if (member.session.kind === "user") room.names.add(member.session.user);
    this.#bySession.set(member.session.id, room);
    return room;
  }

  /** Removes the session from its room. @returns that room, or `undefined` if it was in none. */
  remove(sessionId: string): Room | undefined {
    const room = this.#bySession.get(sessionId);
    if (room === undefined) return undefined;
    this.#bySession.delete(sessionId);
    const { session } = room.roster.get(sessionId) ?? {};
    if (session?.kind === "user") room.names.remove(session.user);
    room.roster.remove(sessionId);
    if (room.roster.size === 0) this.#rooms.delete(room.name);
    return room;
  }
}

/** Sends a dispensable event to the others in the room, but only on idle links. */
export function whisper(room: Room, event: PushEvent, fromSessionId: string): void {
  const encoded = encodePush(event);
  for (const {
    member: { session, presence },
  } of room.roster.entries()) {
    if (session.id === fromSessionId || presence !== "present") continue;
    if (isPushSocket(session.socket) && session.socket.isIdle) session.socket.push(encoded);
  }
}
