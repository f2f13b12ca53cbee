/** Counts connections per address, and refusals by cause. */

import type { LedgerEvent, RefusalCause } from "../ports/ledger.ts";
import { addressGroup, isLimited } from "../rules/admission.ts";
import { DelayQueue } from "../time/delayQueue.ts";

/** How often refusals are written to the ledger in aggregate, milliseconds of observed time. */
export const REFUSALS_EVERY_MS = 10_000;
/** Window of the connection rate, milliseconds of observed time. */
const RATE_WINDOW_MS = 60_000;

const NOTHING = { held: 0, recent: 0 };

/** Connections per address group (see `addressGroup`), and refusals not yet written to the ledger. */
export class Admission {
  readonly #held = new Map<string, number>();
  /** Connections of the last minute. A sliding window: a fixed one would admit twice the rate around its boundary. */
  readonly #recent = new Map<string, number>();
  readonly #expiry = new DelayQueue(RATE_WINDOW_MS);
  readonly #totals = new Map<RefusalCause, number>();
  readonly #unwritten = new Map<RefusalCause, number>();
  #nowMs = 0;
  #writtenMs = 0;

  /** What an address has of what limits per address count; nothing where they do not apply. */
  heldBy(address: string): { held: number; recent: number } {
    if (!isLimited(address)) return NOTHING;
    const group = addressGroup(address);
    return { held: this.#held.get(group) ?? 0, recent: this.#recent.get(group) ?? 0 };
  }

  /** Counts an accepted connection. With `rated` false, no rate limit is in force and the rate is not tracked. */
  connected(address: string, rated: boolean): void {
    const group = addressGroup(address);
    add(this.#held, group, 1);
    if (!rated || !isLimited(address)) return;
    add(this.#recent, group, 1);
    this.#expiry.add(this.#nowMs, () => add(this.#recent, group, -1));
  }

  disconnected(address: string): void {
    add(this.#held, addressGroup(address), -1);
  }

  refused(cause: RefusalCause): void {
    add(this.#totals, cause, 1);
    add(this.#unwritten, cause, 1);
  }

  totals(): Partial<Record<RefusalCause, number>> {
    return Object.fromEntries(this.#totals);
  }

  /** Address groups that hold connections now. */
  get addresses(): number {
    return this.#held.size;
  }

  /** Drops connections older than a minute, and every `REFUSALS_EVERY_MS` passes the unwritten refusals to `write`. */
  advance(nowMs: number, write: (event: LedgerEvent["event"] & { type: "refused" }) => void): void {
    this.#nowMs = nowMs;
    this.#expiry.advance(nowMs);
    if (nowMs - this.#writtenMs >= REFUSALS_EVERY_MS) this.flush(nowMs, write);
  }

  /** Passes every unwritten refusal to `write`. */
  flush(nowMs: number, write: (event: LedgerEvent["event"] & { type: "refused" }) => void): void {
    const overMs = nowMs - this.#writtenMs;
    this.#writtenMs = nowMs;
    for (const [cause, count] of this.#unwritten) write({ type: "refused", cause, count, overMs });
    this.#unwritten.clear();
  }
}

/** Changes a count and deletes it when it reaches zero. */
function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
