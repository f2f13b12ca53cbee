/** Tells rooms who types: seldom enough for bad links, and in order with what was sent. */
import { type Room, type Rooms, whisper } from "./rooms.ts";
import type { Member } from "./roster.ts";

/** The others hear at most this often that a member types, in milliseconds. */
const TYPING_EVERY_MS = 1_000;
/** A room hears of at most this many typists within that time: nobody reads more names. */
const TYPISTS_AT_ONCE = 4;

export class Typing {
  readonly #rooms: Rooms;
  readonly #told = new WeakMap<Room, { sinceMs: number; count: number }>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  typed(sessionId: string): void {
    const room = this.#rooms.roomOf(sessionId);
    const member = this.#rooms.member(sessionId);
    if (room === undefined || member === undefined) return;
    // Told now, it would be taken back by the message that is still being stored.
    if (member.sending > 0) member.typedWhileSending = true;
    else this.#tell(room, member);
  }

  /** Waits until the message is stored and told: what is typed meanwhile is the next one, and is told after it. */
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

  #tell(room: Room, member: Member): void {
    const nowMs = performance.now();
    if (nowMs - member.typedAtMs < TYPING_EVERY_MS || !this.#roomHears(room, nowMs)) return;
    member.typedAtMs = nowMs;
    const { id, user } = member.session;
    whisper(room, { type: "chat.typing", room: room.name, sessionId: id, user }, id);
  }

  #roomHears(room: Room, nowMs: number): boolean {
    const told = this.#told.get(room);
    if (told === undefined || nowMs - told.sinceMs >= TYPING_EVERY_MS) {
      this.#told.set(room, { sinceMs: nowMs, count: 1 });
      return true;
    }
    told.count += 1;
    return told.count <= TYPISTS_AT_ONCE;
  }
}
