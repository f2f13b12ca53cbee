/**
 * Messages on their way to the server, in the order they were written. Each carries an id made here, so it may be sent as often
 * as it takes: the server stores it once. They outlive a reload of the page.
 */
import type { ChatMessage } from "@lastbeat/api";
import type { KeptValues } from "../storage/keptValues.ts";

export interface OutgoingMessage {
  readonly id: string;
  readonly text: string;
  readonly writtenAtMs: number;
  /** Why the server will not take it, in words; `null` while it is on its way. */
  readonly refusal: string | null;
}

/** `null`: no answer came, or none that blames the message. */
export type SendOutcome = { readonly stored: ChatMessage } | { readonly refusal: string } | null;
export type Send = (message: { readonly id: string; readonly text: string }) => Promise<SendOutcome>;

export interface OutboxOptions {
  readonly kept: KeptValues;
  readonly key: string;
  readonly newId: () => string;
  readonly now: () => number;
  readonly stored: (message: ChatMessage) => void;
}

export class Outbox {
  messages = $state.raw<readonly OutgoingMessage[]>([]);
  readonly #options: OutboxOptions;
  #send: Send | null = null;
  #flushing = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.messages = parseOutbox(options.kept.read(options.key));
  }

  add(text: string): void {
    const { newId, now } = this.#options;
    this.#set([...this.messages, { id: newId(), text, writtenAtMs: now(), refusal: null }]);
    void this.#flush();
  }

  /** Sends what waits, and everything added later, through `send`; `null` when there is no connection any more. */
  connect(send: Send | null): void {
    this.#send = send;
    void this.#flush();
  }

  /** Tries a refused message again. */
  retry(id: string): void {
    this.#update(id, { refusal: null });
    void this.#flush();
  }

  discard(id: string): void {
    this.#set(this.messages.filter((message) => message.id !== id));
  }

  /** One at a time, so that they arrive in the order they were written. */
  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (;;) {
        const send = this.#send;
        const next = this.messages.find(({ refusal }) => refusal === null);
        if (send === null || next === undefined) return;
        const outcome = await send({ id: next.id, text: next.text });
        if (outcome !== null && "stored" in outcome) {
          this.#options.stored(outcome.stored);
          this.discard(next.id);
        } else if (outcome !== null) {
          this.#update(next.id, { refusal: outcome.refusal });
        } else if (this.#send === send) {
          // The next connection sends it.
          this.#send = null;
        }
      }
    } finally {
      this.#flushing = false;
    }
  }

  #update(id: string, change: Partial<OutgoingMessage>): void {
    this.#set(this.messages.map((message) => (message.id === id ? { ...message, ...change } : message)));
  }

  #set(messages: readonly OutgoingMessage[]): void {
    this.messages = messages;
    this.#options.kept.write(this.#options.key, messages.length === 0 ? null : JSON.stringify(messages));
  }
}

function parseOutbox(text: string | null): OutgoingMessage[] {
  if (text === null) return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isOutgoing) : [];
  } catch {
    return [];
  }
}

function isOutgoing(value: unknown): value is OutgoingMessage {
  if (typeof value !== "object" || value === null) return false;
  const { id, text, writtenAtMs, refusal } = value as Record<string, unknown>;
  const refusable = refusal === null || typeof refusal === "string";
  return typeof id === "string" && typeof text === "string" && typeof writtenAtMs === "number" && refusable;
}
