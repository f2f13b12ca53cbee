/** Keeps room members' presence in step with their sessions, and tells rooms about changes in batches. */
import type { Session, SessionKeeper } from "@lastbeat/core";
import type { RoomMember } from "../contract/push.ts";
import { broadcast, memberList, type Room, type Rooms } from "./rooms.ts";

/** Changes within this time make one event, in milliseconds. */
const BATCH_MS = 50;
/** Each member adds this much to it, since the event's size and its copies both grow with the room; in milliseconds. */
const BATCH_MS_PER_MEMBER = 1;
const BATCH_MAX_MS = 2_000;

export class Presence {
  readonly #rooms: Rooms;
  readonly #pending = new Map<string, NodeJS.Timeout>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** Follows the keeper's verdicts. @returns a function that stops it. */
  follow(keeper: SessionKeeper): () => void {
    const disposers = [
      keeper.on("suspect", ({ session }) => this.#set(session, "suspect")),
      keeper.on("refuted", ({ session }) => this.#set(session, "present")),
      keeper.on("suspended", ({ session }) => this.#set(session, "suspended")),
      keeper.on("attached", ({ session }) => this.#set(session, "present")),
    ];
    return () => {
      for (const dispose of disposers) dispose();
      for (const timer of this.#pending.values()) clearTimeout(timer);
      this.#pending.clear();
    };
  }

  /** The room's members changed: its members hear of it with the next batch. */
  changed(room: Room): void {
    if (this.#pending.has(room.name) || room.members.size === 0) return;
    const delayMs = Math.min(BATCH_MAX_MS, BATCH_MS + room.members.size * BATCH_MS_PER_MEMBER);
    const timer = setTimeout(() => this.#tell(room.name), delayMs);
    timer.unref();
    this.#pending.set(room.name, timer);
  }

  #tell(name: string): void {
    this.#pending.delete(name);
    const room = this.#rooms.room(name);
    if (room !== undefined) broadcast(room, { type: "chat.members", room: name, members: memberList(room) });
  }

  #set(session: Session, presence: RoomMember["presence"]): void {
    const room = this.#rooms.roomOf(session.id);
    const member = room?.members.get(session.id);
    if (room === undefined || member === undefined || member.presence === presence) return;
    member.presence = presence;
    this.changed(room);
  }
}
