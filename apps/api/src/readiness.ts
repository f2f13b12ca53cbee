/** Readiness for new sessions, as reported by `/readyz` and the System page. */
import type { ConnectionLimit } from "./connectionLimit.ts";
import type { Store } from "./ledger/store.ts";

export class Readiness {
  readonly #ledger: Store["ledger"];
  readonly #connectionLimit: Pick<ConnectionLimit, "cause">;
  #stopping = false;

  constructor({ ledger }: Pick<Store, "ledger">, connectionLimit: Pick<ConnectionLimit, "cause">) {
    this.#ledger = ledger;
    this.#connectionLimit = connectionLimit;
  }

  /** The server begins to stop: it is not ready any more, before any session ends (rule RUN7). */
  stop(): void {
    this.#stopping = true;
  }

  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Why the server accepts no new sessions, or `null` if it does. */
  cause(): string | null {
    if (this.#stopping) return "the server is stopping";
    const health = this.#ledger.health();
    return health.accepting ? this.#connectionLimit.cause() : health.cause;
  }
}
