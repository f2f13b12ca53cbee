/** One log line for each refusal, unless they come by the thousand: then the rest of a window shares one. */
import type { KeeperLog } from "@lastbeat/core";

const LINES_PER_WINDOW = 50;
const WINDOW_MS = 10_000;

export class RefusalLog {
  readonly #log: KeeperLog;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #held = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: KeeperLog) {
    this.#log = log;
  }

  write(message: string, fields: Record<string, unknown>) {
    const now = performance.now();
    if (now - this.#windowStartMs >= WINDOW_MS) this.#startWindow(now);
    this.#lines += 1;
    if (this.#lines <= LINES_PER_WINDOW) return this.#log.warn(message, fields);
    this.#held += 1;
    this.#timer ??= setTimeout(() => this.flush(), WINDOW_MS).unref();
  }

  /** Writes the line that stands for those held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#held > 0) this.#log.warn(`${this.#held} more requests were refused`, { withinMs: WINDOW_MS });
    this.#held = 0;
  }

  #startWindow(now: number): void {
    this.flush();
    this.#windowStartMs = now;
    this.#lines = 0;
  }
}
