/**
 * How many deliveries a webhook may be sent at the same time. After some failures in a row its receiver counts as down: then a single
 * delivery is tried now and then, however many wait, until one gets through (rule WHK4).
 */
import { waitMs } from "./retryPlan.ts";

/** Deliveries under way at the same time. */
export const AT_ONCE = 8;
/** Failures in a row after which the receiver counts as down. */
const DOWN_AFTER = 5;
/** The longest time between two attempts at a receiver that is down. */
const LONGEST_PAUSE_MS = 60_000;

export class Pace {
  readonly #firstWaitMs: number | undefined;
  /** Failures since the last success. */
  #failures = 0;
  #failingSinceMs: number | null = null;
  #error: string | null = null;
  #pausedUntilMs = 0;

  /** @param firstWaitMs the first pause, and of each delivery the first wait. */
  constructor(firstWaitMs?: number) {
    this.#firstWaitMs = firstWaitMs;
  }

  /** When the failures began; `null` while deliveries succeed. */
  get failingSinceMs(): number | null {
    return this.#failingSinceMs;
  }

  /** Why the latest attempt failed. */
  get error(): string | null {
    return this.#error;
  }

  get isDown(): boolean {
    return this.#failures >= DOWN_AFTER;
  }

  /** How many deliveries may begin now, with `underWay` begun before. */
  room(underWay: number, nowMs: number): number {
    if (!this.isDown) return AT_ONCE - underWay;
    return nowMs >= this.#pausedUntilMs ? Math.max(0, 1 - underWay) : 0;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#failingSinceMs = null;
    this.#error = null;
    this.#pausedUntilMs = 0;
  }

  failed(error: string, nowMs: number, random: number): void {
    this.#failingSinceMs ??= nowMs;
    this.#error = error;
    // Those that were under way when it went down add nothing: one failure counts per pause.
    if (this.isDown && nowMs < this.#pausedUntilMs) return;
    this.#failures += 1;
    if (!this.isDown) return;
    this.#pausedUntilMs = nowMs + Math.min(LONGEST_PAUSE_MS, waitMs(this.#failures - DOWN_AFTER + 1, random, this.#firstWaitMs));
  }
}
