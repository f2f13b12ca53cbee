/** Stops asking a service that fails, so that its clients are told at once and it is not asked more than it can bear. */

/** Failures in a row after which it is not asked. */
const FAILURES = 3;
/** How long. Then one request tries. */
const OPEN_MS = 5_000;

export class Circuit {
  #failures = 0;
  #openUntilMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs on a monotonic clock, as below. */
  allows(nowMs: number): boolean {
    if (this.#failures < FAILURES) return true;
    if (nowMs < this.#openUntilMs) return false;
    this.#openUntilMs = nowMs + OPEN_MS;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    if (this.#failures >= FAILURES) this.#openUntilMs = nowMs + OPEN_MS;
  }
}
