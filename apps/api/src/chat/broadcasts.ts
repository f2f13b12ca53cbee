/**
 * Sends messages to the members of their rooms. Messages that are stored together are sent in one pass over the members, each serialised
 * once. They go out before the senders hear that they are stored.
 */
import type { EncodedEvent } from "@lastbeat/trpc/link";
import type { PushEvent } from "../contract/push.ts";
import type { Guarded } from "../guarded.ts";
import { encodePush, isPushSocket } from "../transports/pushSocket.ts";
import type { Room } from "./rooms.ts";

export class Broadcasts {
  readonly #guarded: Guarded;
  #waiting = new Map<Room, EncodedEvent[]>();

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** Sends an event to everyone in the room. Members without a socket miss it; messages remain in the history. */
  send(room: Room, event: PushEvent): void {
    const waiting = this.#waiting.get(room);
    if (waiting !== undefined) return void waiting.push(encodePush(event));
    // Whatever a commit has stored is announced by microtasks that are queued already.
    if (this.#waiting.size === 0) queueMicrotask(() => this.#sendAll());
    this.#waiting.set(room, [encodePush(event)]);
  }

  #sendAll(): void {
    const all = this.#waiting;
    this.#waiting = new Map();
    for (const [room, events] of all) this.#guarded("send a room its messages", () => sendTo(room, events));
  }
}

function sendTo(room: Room, events: readonly EncodedEvent[]): void {
  for (const { member } of room.roster.entries()) {
    const { socket } = member.session;
    if (isPushSocket(socket)) socket.pushAll(events);
  }
}
