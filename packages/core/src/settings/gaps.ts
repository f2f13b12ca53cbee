/** The latest silences of clients, kept for the preview of settings; bounded. */
import type { RecordedGap } from "./preview.ts";

const KEPT = 10_000;

export class RecentGaps {
  readonly #gaps: RecordedGap[] = [];
  #next = 0;

  add(gap: RecordedGap): void {
    this.#gaps[this.#next] = gap;
    this.#next = (this.#next + 1) % KEPT;
  }

  all(): readonly RecordedGap[] {
    return this.#gaps;
  }
}
