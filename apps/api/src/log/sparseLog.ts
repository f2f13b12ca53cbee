/** A rate-limited log for events that may repeat thousands of times: one line per key per minute, with a count of those suppressed. */
import type { KeeperLog } from "@lastbeat/core";

const EVERY_MS = 60_000;

interface Entry {
  lastMs: number;
  suppressed: number;
}

export class SparseLog {
  readonly #log: Pick<KeeperLog, "warn">;
  readonly #nowMs: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(log: Pick<KeeperLog, "warn">, nowMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Every `key` is remembered, so use a small fixed set. */
  warn(key: string, message: string, fields: Record<string, unknown> = {}): void {
    const nowMs = this.#nowMs();
    const entry = this.#entries.get(key);
    if (entry !== undefined && nowMs - entry.lastMs < EVERY_MS) {
      entry.suppressed += 1;
      return;
    }
    this.#entries.set(key, { lastMs: nowMs, suppressed: 0 });
    const suppressed = entry?.suppressed ?? 0;
    this.#log.warn(message, suppressed === 0 ? fields : { ...fields, timesSinceLastLine: suppressed });
  }
}
