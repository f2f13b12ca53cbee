/**
 * Reads a room's newest messages for clients that join it. However many join at once, one read per room is under way, and all who come
 * meanwhile share the next: a read that began before a client had joined might miss what neither it nor an event tells that client.
 */
import type { ChatMessage, StoredMessage } from "../contract/push.ts";
import type { MessageStore } from "../ledger/store.ts";

export interface Newest {
  /** Oldest first. */
  readonly messages: ChatMessage[];
  /** The same as JSON. */
  readonly json: Buffer;
}

interface Reading {
  readonly current: Promise<Newest>;
  /** Begins when the current one has ended. */
  next: Promise<Newest> | null;
}

export class NewestMessages {
  readonly #store: MessageStore;
  readonly #limit: number;
  readonly #shown: (message: StoredMessage) => ChatMessage;
  readonly #readings = new Map<string, Reading>();

  constructor(store: MessageStore, limit: number, shown: (message: StoredMessage) => ChatMessage) {
    this.#store = store;
    this.#limit = limit;
    this.#shown = shown;
  }

  /** What a read that begins now or later finds. */
  of(room: string): Promise<Newest> {
    const reading = this.#readings.get(room);
    if (reading === undefined) return this.#begin(room);
    const again = () => this.#begin(room);
    reading.next ??= reading.current.then(again, again);
    return reading.next;
  }

  #begin(room: string): Promise<Newest> {
    const current = this.#read(room);
    const reading: Reading = { current, next: null };
    this.#readings.set(room, reading);
    const ended = () => {
      if (reading.next === null) this.#readings.delete(room);
    };
    current.then(ended, ended);
    return current;
  }

  async #read(room: string): Promise<Newest> {
    const messages = (await this.#store.history(room, this.#limit)).map(this.#shown);
    return { messages, json: Buffer.from(JSON.stringify(messages)) };
  }
}
