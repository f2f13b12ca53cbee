/** What the user has not seen yet: how many messages, and where they begin. Survives a visit to another page. */
import type { ChatMessage } from "@lastbeat/api";
import type { KeptValues } from "../storage/keptValues.ts";

export class Unread {
  count = $state(0);
  /** Sequence number of the first message that was new; the mark stays until the user writes or newer ones arrive unseen. */
  markSeq = $state<number | null>(null);
  readonly #kept: KeptValues;
  readonly #key: string;
  #seenSeq: number | null;
  #watching = false;

  constructor(kept: KeptValues, room: string) {
    this.#kept = kept;
    this.#key = `seen.${room}`;
    const seen = Number(kept.read(this.#key) ?? Number.NaN);
    this.#seenSeq = Number.isSafeInteger(seen) ? seen : null;
  }

  /** Takes in messages, all of which may be known already. `mine` tells own ones, which are never unread. */
  arrived(messages: readonly ChatMessage[], mine: (message: ChatMessage) => boolean): void {
    // In a room never visited before, everything is new and nothing needs a mark.
    const seenSeq = this.#seenSeq ?? messages.at(-1)?.seq ?? 0;
    const fresh = messages.filter((message) => message.seq > seenSeq && !mine(message));
    const first = fresh[0];
    if (first !== undefined && !this.#watching && this.count === 0) this.markSeq = first.seq;
    this.#seenSeq = seenSeq;
    this.count = fresh.length;
    if (this.#watching) this.#seen(messages.at(-1)?.seq);
  }

  /** Whether the user looks at the newest messages at this moment. */
  watch(watching: boolean, newestSeq: number | undefined): void {
    this.#watching = watching;
    if (watching) this.#seen(newestSeq);
  }

  clearMark(): void {
    this.markSeq = null;
  }

  #seen(newestSeq: number | undefined): void {
    this.count = 0;
    if (newestSeq === undefined || newestSeq === this.#seenSeq) return;
    this.#seenSeq = newestSeq;
    this.#kept.write(this.#key, String(newestSeq));
  }
}
