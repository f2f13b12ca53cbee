import { untrack } from "svelte";
import type { EndHistory } from "./endHistory.svelte.ts";

/** Minimum time between polls, however many sessions end. */
const LOOK_EVERY_MS = 2_000;

/**
 * Has a list of ends follow what the overview feed tells: when a session has ended, it looks for new rows that match. Whoever reads has the rows
 * hold still, and is told how many are new; otherwise they come in by themselves.
 */
export class LiveHistory {
  readonly #history: EndHistory;
  readonly #isRead: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(history: EndHistory, isRead: () => boolean) {
    this.#history = history;
    this.#isRead = isRead;
  }

  /** A session has ended. A repeated id is ignored. */
  ended(): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(0, LOOK_EVERY_MS - (performance.now() - this.#lookedAt));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#look();
    }, waitMs);
  }

  /** The user no longer reads: shows the pending rows. */
  async letIn(): Promise<void> {
    if (!untrack(this.#isRead) && this.#history.arrived.length > 0) await this.#history.showArrived();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    this.#lookedAt = performance.now();
    await this.#history.look();
    await this.letIn();
  }
}
