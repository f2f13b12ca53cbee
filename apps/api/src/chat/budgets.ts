/**
 * What users have left to spend on the chat (rule WHO5): messages and their bytes by user, calls by session. A bucket is one number, kept
 * only until it is full again, so that who comes back at once does not find a full one.
 */
import type { Settings } from "@lastbeat/core";
import type { Identified } from "./person.ts";
import { type Rate, type Taken, take } from "./rateLimit.ts";

/** Buckets from which full ones are removed only when there are more than this, or twice those that were left last time. */
const FEW = 1_000;

class Buckets {
  readonly #fullAtUs = new Map<string, number>();
  #pruneAt = FEW;

  get size(): number {
    return this.#fullAtUs.size;
  }

  ask(key: string, { cost, rate, nowUs }: { readonly cost: number; readonly rate: Rate; readonly nowUs: number }): Taken {
    return take({ cost, rate, nowUs, fullAtUs: this.#fullAtUs.get(key) ?? 0 });
  }

  put(key: string, fullAtUs: number, nowUs: number): void {
    if (fullAtUs <= nowUs) return;
    this.#fullAtUs.set(key, fullAtUs);
    if (this.#fullAtUs.size <= this.#pruneAt) return;
    for (const [other, at] of this.#fullAtUs) if (at <= nowUs) this.#fullAtUs.delete(other);
    this.#pruneAt = Math.max(FEW, 2 * this.#fullAtUs.size);
  }
}

export interface BudgetsOptions {
  readonly settings: () => Settings;
  /** Monotonic, in milliseconds. */
  readonly nowMs: () => number;
}

export class Budgets {
  readonly #settings: () => Settings;
  readonly #nowMs: () => number;
  readonly #messages = new Buckets();
  readonly #bytes = new Buckets();
  readonly #calls = new Buckets();

  constructor({ settings, nowMs }: BudgetsOptions) {
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  /** Buckets kept. */
  get size(): number {
    return this.#messages.size + this.#bytes.size + this.#calls.size;
  }

  /** One call of a session. @returns `null`, or how long to wait in milliseconds. */
  call(sessionId: string): number | null {
    const { chatCallRate, chatCallBurst } = this.#settings();
    const nowUs = this.#nowUs();
    const taken = this.#calls.ask(sessionId, { cost: 1, rate: { perMinute: chatCallRate, burst: chatCallBurst }, nowUs });
    if (!taken.ok) return taken.retryAfterMs;
    this.#calls.put(sessionId, taken.fullAtUs, nowUs);
    return null;
  }

  /** One message. Either both buckets are charged, or neither. @returns `null`, or how long to wait in milliseconds. */
  message({ sessionId, userId }: Identified, bytes: number): number | null {
    const { chatMessageRate, chatMessageBurst, chatByteRate, chatByteBurst } = this.#settings();
    const nowUs = this.#nowUs();
    const key = userId ?? sessionId;
    const one = this.#messages.ask(key, { cost: 1, rate: { perMinute: chatMessageRate, burst: chatMessageBurst }, nowUs });
    const text = this.#bytes.ask(key, { cost: bytes, rate: { perMinute: chatByteRate, burst: chatByteBurst }, nowUs });
    if (!one.ok || !text.ok) return Math.max(one.ok ? 0 : one.retryAfterMs, text.ok ? 0 : text.retryAfterMs);
    this.#messages.put(key, one.fullAtUs, nowUs);
    this.#bytes.put(key, text.fullAtUs, nowUs);
    return null;
  }

  #nowUs(): number {
    return Math.floor(this.#nowMs() * 1_000);
  }
}
