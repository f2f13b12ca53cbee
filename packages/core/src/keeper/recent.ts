/** Recent history: sessions that heartbeats declared dead, and the silences of clients. */

import type { EndReason } from "../protocol/endReason.ts";
import type { RecordedSilence } from "../rules/preview.ts";
import { DelayQueue } from "../time/delayQueue.ts";

/** A return within this time counts as a false positive, milliseconds of observed time. */
export const CAME_BACK_MS = 60_000;

export interface Death {
  readonly sessionId: string;
  readonly reason: EndReason;
  readonly tokenHash: string;
  readonly diedMs: number;
}

export class RecentDeaths {
  readonly #deaths = new Map<string, Death>();
  readonly #expiry = new DelayQueue(CAME_BACK_MS);
  /** Deaths refuted so far. */
  falsePositives = 0;

  add(death: Death): void {
    this.#deaths.set(death.sessionId, death);
    this.#expiry.add(death.diedMs, () => {
      // A session that was resumed and died again has a newer entry.
      if (this.#deaths.get(death.sessionId) === death) this.#deaths.delete(death.sessionId);
    });
  }

  get(sessionId: string): Death | undefined {
    return this.#deaths.get(sessionId);
  }

  /** Counts a death as refuted, once. */
  refute(sessionId: string): void {
    if (this.#deaths.delete(sessionId)) this.falsePositives += 1;
  }

  advance(nowMs: number): void {
    this.#expiry.advance(nowMs);
  }
}

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
