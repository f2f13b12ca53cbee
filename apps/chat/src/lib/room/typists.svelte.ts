/** Members who are typing. Set by server events; expires by itself. */

const SHOWN_MS = 4_000;

export class Typists {
  names = $state.raw<ReadonlyMap<string, string>>(new Map());
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  seen(sessionId: string, user: string): void {
    clearTimeout(this.#timers.get(sessionId));
    this.#timers.set(
      sessionId,
      setTimeout(() => this.gone(sessionId), SHOWN_MS),
    );
    this.names = new Map(this.names).set(sessionId, user);
  }

  /** They sent what they typed, or left. */
  gone(sessionId: string): void {
    clearTimeout(this.#timers.get(sessionId));
    if (!this.#timers.delete(sessionId)) return;
    const names = new Map(this.names);
    names.delete(sessionId);
    this.names = names;
  }

  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.names = new Map();
  }
}
