/** Who is in which room, and how an event reaches everyone there. One room a session. */
import type { Session } from "@lastbeat/core";
import type { PushEvent, RoomMember } from "../contract/push.ts";
import { encodePush, isPushSocket } from "../transports/pushSocket.ts";

export interface Member {
  readonly session: Session;
  readonly joinedAtMs: number;
  presence: RoomMember["presence"];
  /** When the others were last told that this member types; monotonic milliseconds. */
  typedAtMs: number;
  /** Gives up the session's claim on the membership without leaving. */
  disown: () => void;
}

export interface Room {
  readonly name: string;
  readonly members: Map<string, Member>;
}

export class Rooms {
  readonly #rooms = new Map<string, Room>();
  readonly #bySession = new Map<string, Room>();

  roomOf(sessionId: string): Room | undefined {
    return this.#bySession.get(sessionId);
  }

  member(sessionId: string): Member | undefined {
    return this.roomOf(sessionId)?.members.get(sessionId);
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  add(name: string, member: Member): Room {
    const room = this.#rooms.get(name) ?? { name, members: new Map() };
    this.#rooms.set(name, room);
    room.members.set(member.session.id, member);
    this.#bySession.set(member.session.id, room);
    return room;
  }

  /** Takes the session out of its room. @returns that room, or `undefined` when it was in none. */
  remove(sessionId: string): Room | undefined {
    const room = this.#bySession.get(sessionId);
    if (room === undefined) return undefined;
    this.#bySession.delete(sessionId);
    room.members.delete(sessionId);
    if (room.members.size === 0) this.#rooms.delete(room.name);
    return room;
  }
}

/** The room's members as clients see them, in the order of joining. */
export function memberList(room: Room | undefined): RoomMember[] {
  if (room === undefined) return [];
  return Array.from(room.members.values(), ({ session, presence, joinedAtMs }) => ({
    sessionId: session.id,
    user: session.user,
    presence,
    joinedAtMs,
  }));
}

/** Sends an event to everyone in the room, serialised once. Members without a socket miss it; history has the messages. */
export function broadcast(room: Room, event: PushEvent, exceptSessionId?: string): void {
  const encoded = encodePush(event);
  for (const { session } of room.members.values()) {
    if (session.id === exceptSessionId) continue;
    if (isPushSocket(session.socket)) session.socket.push(encoded);
  }
}
