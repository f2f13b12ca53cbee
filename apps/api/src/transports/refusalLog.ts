/** A rate-limited log for refusals: one line each, up to a limit per window. The rest of the window shares one line. */
import type { KeeperLog } from "@lastbeat/core";

const LINES_PER_WINDOW = 50;
const WINDOW_MS = 10_000;

export class RefusalLog {
  readonly #log: KeeperLog;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #suppressed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: KeeperLog) {
    this.#log = log;
  }

  write(message: string, fields: Record<string, unknown>) {
    const now = performance.now();
    if (now - this.#windowStartMs >= WINDOW_MS) this.#startWindow(now);
    this.#lines += 1;
    if (this.#lines <= LINES_PER_WINDOW) return this.#log.warn(message, fields);
    this.#suppressed += 1;
    this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
  }

  /** Writes the line for suppressed refusals. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#suppressed > 0) this.#log.warn(`${this.#suppressed} more requests were refused`, { withinMs: WINDOW_MS });
    this.#suppressed = 0;
  }

  #startWindow(now: number): void {
    this.flush();
    this.#windowStartMs = now;
    this.#lines = 0;
  }
}
