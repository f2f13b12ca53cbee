/** Counts a connection's frames that could not be read: each is answered, a flood of them is not. */

const MINUTE_MS = 60_000;

export class MalformedFrames {
  #count = 0;
  #sinceMs = performance.now();

  /** One more; `true` when that is more than `perMinute`. */
  add(perMinute: number): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs >= MINUTE_MS) {
      this.#count = 0;
      this.#sinceMs = nowMs;
    }
    this.#count += 1;
    return this.#count > perMinute;
  }
}
