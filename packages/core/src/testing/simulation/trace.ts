/** The latest operations of a run, for the report of a failure. */

const KEPT = 120;

export class Trace {
  readonly #lines: string[] = [];

  note(atMs: number, what: string): void {
    this.#lines.push(`${(atMs / 1000).toFixed(3).padStart(9)} s  ${what}`);
    if (this.#lines.length > 2 * KEPT) this.#lines.splice(0, KEPT);
  }

  /** Oldest first. */
  lines(): string[] {
    return this.#lines.slice(-KEPT);
  }
}
