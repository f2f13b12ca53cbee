/** Sends typing notifications: throttled for bad links, and in order with the messages sent. */
import { type Room, type Rooms, whisper } from "./rooms.ts";
import type { Member } from "./roster.ts";

/** Minimum time between typing notifications for one member. */
const TYPING_EVERY_MS = 1_000;
/** Maximum number of notifications per room within that time: nobody reads more names. */
const MAX_TYPISTS = 4;

export class Typing {
  readonly #rooms: Rooms;
  readonly #notified = new WeakMap<Room, { sinceMs: number; count: number }>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  typed(sessionId: string): void {
    const room = this.#rooms.roomOf(sessionId);
    const member = this.#rooms.member(sessionId);
    if (room === undefined || member === undefined) return;
    // A notification sent now would be cleared by the message still being stored.
    if (member.sending > 0) member.typedWhileSending = true;
    else this.#notify(room, member);
  }

  /** Waits until the message has been stored and broadcast. Typing in the meantime belongs to the next message and is notified after it. */
  async whileSending<T>(sessionId: string, sending: Promise<T>): Promise<T> {
    const member = this.#rooms.member(sessionId);
    if (member !== undefined) member.sending += 1;
    try {
      return await sending;
    } finally {
      if (member !== undefined) this.#sent(sessionId, member);
    }
  }

  #sent(sessionId: string, member: Member): void {
    member.sending -= 1;
    member.typedAtMs = Number.NEGATIVE_INFINITY;
    if (member.sending > 0 || !member.typedWhileSending) return;
    member.typedWhileSending = false;
    this.typed(sessionId);
  }

  #notify(room: Room, member: Member): void {
    const nowMs = performance.now();
    if (nowMs - member.typedAtMs < TYPING_EVERY_MS || !this.#withinRoomLimit(room, nowMs)) return;
    member.typedAtMs = nowMs;
    const { id, user } = member.session;
    whisper(room, { type: "chat.typing", room: room.name, sessionId: id, user }, id);
  }

  #withinRoomLimit(room: Room, nowMs: number): boolean {
    const notified = this.#notified.get(room);
    if (notified === undefined || nowMs - notified.sinceMs >= TYPING_EVERY_MS) {
      this.#notified.set(room, { sinceMs: nowMs, count: 1 });
      return true;
    }
    notified.count += 1;
    return notified.count <= MAX_TYPISTS;
  }
}
