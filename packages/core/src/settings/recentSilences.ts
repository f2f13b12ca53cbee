/** The latest silences of clients, kept for the preview of settings; bounded. */
import type { RecordedSilence } from "./preview.ts";

const KEPT = 10_000;

export class RecentSilences {
  readonly #silences: RecordedSilence[] = [];
  #next = 0;

  add(silence: RecordedSilence): void {
    this.#silences[this.#next] = silence;
    this.#next = (this.#next + 1) % KEPT;
  }

  all(): readonly RecordedSilence[] {
    return this.#silences;
  }
}
