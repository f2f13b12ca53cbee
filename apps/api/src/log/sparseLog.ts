/** A log for what may happen thousands of times for one reason: one line per kind and minute, which says how often. */
import type { KeeperLog } from "@lastbeat/core";

const EVERY_MS = 60_000;

interface Kind {
  lastMs: number;
  held: number;
}

export class SparseLog {
  readonly #log: Pick<KeeperLog, "warn">;
  readonly #nowMs: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(log: Pick<KeeperLog, "warn">, nowMs: () => number = () => performance.now()) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** `kind` is one of a few: each is remembered. */
  warn(kind: string, message: string, fields: Record<string, unknown> = {}): void {
    const nowMs = this.#nowMs();
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs - known.lastMs < EVERY_MS) {
      known.held += 1;
      return;
    }
    this.#kinds.set(kind, { lastMs: nowMs, held: 0 });
    const heldBefore = known?.held ?? 0;
    this.#log.warn(message, heldBefore === 0 ? fields : { ...fields, timesSinceLastLine: heldBefore });
  }
}
