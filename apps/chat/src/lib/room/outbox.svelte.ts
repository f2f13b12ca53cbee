/**
 * Messages on their way to the server, in the order they were written, except that a tab that hangs over one holds no other tab's back. Each carries an id made here, so it may be sent as often
 * as it takes: the server stores it once. They outlive the page and the tab; whichever tab of this browser is connected sends them.
 */
import type { ChatMessage } from "@lastbeat/api";
import type { OutboxShelf, OutgoingMessage } from "./outboxShelf.ts";
import type { SendTurns } from "./sendTurns.ts";

/** `null`: no answer, or one that is not about the message itself. With `retryAfterMs`, the server takes it only later. */
export type SendOutcome =
  | { readonly stored: ChatMessage }
  | { readonly refusal: string }
  | { readonly retryAfterMs: number }
  | null;
export type Send = (message: { readonly id: string; readonly text: string }) => Promise<SendOutcome>;

export interface OutboxOptions {
  readonly shelf: OutboxShelf;
  readonly turns: SendTurns;
  readonly newId: () => string;
  readonly now: () => number;
  readonly stored: (message: ChatMessage) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A server that asks for more is asked sooner. */
const LONGEST_WAIT_MS = 60_000;

export class Outbox {
  messages = $state.raw<readonly OutgoingMessage[]>([]);
  /** The server has asked to send more slowly; what waits is sent by itself. */
  slowed = $state(false);
  readonly #options: OutboxOptions;
  readonly #unwatch: () => void;
  /** Messages that storage rejected. They exist only in this page. */
  readonly #unkept = new Map<string, OutgoingMessage>();
  /** Ids of the messages that another tab is sending. */
  readonly #elsewhere = new Set<string>();
  #send: Send | null = null;
  #flushing = false;
  #waitMs = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#read();
    this.#unwatch = options.shelf.watch(() => {
      this.#read();
      void this.#flush();
    });
  }

  /** Messages the server does not have yet and may still take. */
  get waiting(): number {
    return this.messages.filter(({ refusal }) => refusal === null).length;
  }

  add(text: string): void {
    const { newId, now } = this.#options;
    // Later than all others, also when they were written in the same millisecond or the clock was set back.
    const writtenAtMs = Math.max(now(), (this.messages.at(-1)?.writtenAtMs ?? 0) + 1);
    this.#put({ id: newId(), text, writtenAtMs, refusal: null });
    void this.#flush();
  }

  /** Sends what waits, and everything added later, through `send`; `null` when there is no connection any more. */
  connect(send: Send | null): void {
    this.#send = send;
    void this.#flush();
  }

  /** Tries a refused message again. */
  retry(id: string): void {
    this.#refuse(id, null);
    void this.#flush();
  }

  discard(id: string): void {
    this.#unkept.delete(id);
    this.#options.shelf.remove(id);
    this.#read();
  }

  dispose(): void {
    this.#send = null;
    this.#unwatch();
  }

  /** One at a time, so that they arrive in the order they were written. */
  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (;;) {
        const send = this.#send;
        const next = this.messages.find(({ id, refusal }) => refusal === null && !this.#elsewhere.has(id));
        if (send === null || next === undefined) return;
        const ran = await this.#options.turns.take(next.id, () => this.#sendOne(next.id, send));
        if (!ran) this.#leaveToOthers(next.id);
        await this.#slowDown();
      }
    } finally {
      this.#flushing = false;
    }
  }

  async #sendOne(id: string, send: Send): Promise<void> {
    // Another tab may have sent it just now.
    this.#read();
    const message = this.#find(id);
    if (message === undefined) return;
    const outcome = await send({ id, text: message.text });
    if (outcome !== null && "stored" in outcome) {
      this.#options.stored(outcome.stored);
      this.discard(id);
    } else if (outcome !== null && "retryAfterMs" in outcome) {
      this.#waitMs = outcome.retryAfterMs;
    } else if (outcome !== null) {
      this.#refuse(id, outcome.refusal);
    } else if (this.#send === send) {
      // The next connection sends it, here or in another tab.
      this.#send = null;
    }
  }

  async #slowDown(): Promise<void> {
    this.slowed = this.#waitMs > 0;
    if (!this.slowed) return;
    const waitMs = Math.min(this.#waitMs, LONGEST_WAIT_MS);
    this.#waitMs = 0;
    await this.#options.sleep(waitMs);
  }

  /** Retries once the other tab has finished without sending it, or has died. */
  #leaveToOthers(id: string): void {
    this.#elsewhere.add(id);
    void this.#options.turns.free(id).then(() => {
      this.#elsewhere.delete(id);
      this.#read();
      void this.#flush();
    });
  }

  #find(id: string): OutgoingMessage | undefined {
    return this.messages.find((message) => message.id === id);
  }

  #refuse(id: string, refusal: string | null): void {
    const message = this.#find(id);
    if (message !== undefined) this.#put({ ...message, refusal });
  }

  #put(message: OutgoingMessage): void {
    if (this.#options.shelf.put(message)) this.#unkept.delete(message.id);
    else this.#unkept.set(message.id, message);
    this.#read();
  }

  #read(): void {
    const kept = this.#options.shelf.read().filter(({ id }) => !this.#unkept.has(id));
    this.messages = [...kept, ...this.#unkept.values()].sort((a, b) => a.writtenAtMs - b.writtenAtMs);
  }
}
