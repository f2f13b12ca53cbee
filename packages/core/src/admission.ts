/** Who may come in: limits on connections and sessions, and the count of those turned away. */
import type { LedgerEvent, RefusalCause } from "./ledger/events.ts";
import type { Settings } from "./settings/settings.ts";

/** Refusals are written to the ledger in aggregate this often, milliseconds of observed time. */
export const REFUSALS_EVERY_MS = 10_000;
const RATE_WINDOW_MS = 60_000;

export interface Load {
  /** Connections that wait for their hello. */
  readonly waiting: number;
  /** User sessions open. */
  readonly users: number;
  readonly memoryHard: boolean;
  readonly shuttingDown: boolean;
}

/** Decides whether another socket may come in. `held` and `recent` are this address's connections now and in this minute. */
export function refuseConnection(
  load: Load,
  settings: Settings,
  { held, recent }: { held: number; recent: number },
): RefusalCause | null {
  if (load.shuttingDown) return "shutting_down";
  if (load.waiting >= settings.maxOpening) return "openings";
  if (settings.maxConnectionsPerAddress > 0 && held >= settings.maxConnectionsPerAddress) return "address_limit";
  if (settings.connectionRatePerAddress > 0 && recent >= settings.connectionRatePerAddress) return "connection_rate";
  return null;
}

/** Decides whether another user session may open. */
export function refuseSession(load: Load, settings: Settings, ledgerAccepts: boolean): RefusalCause | null {
  if (load.shuttingDown) return "shutting_down";
  if (!ledgerAccepts) return "ledger";
  if (load.memoryHard) return "memory";
  if (load.users >= settings.maxSessions) return "capacity";
  return null;
}

/** Connections per address, and refusals since they were written last. */
export class Admission {
  readonly #held = new Map<string, number>();
  readonly #recent = new Map<string, number>();
  readonly #totals = new Map<RefusalCause, number>();
  readonly #unwritten = new Map<RefusalCause, number>();
  #windowMs = 0;
  #writtenMs = 0;

  heldBy(address: string): { held: number; recent: number } {
    return { held: this.#held.get(address) ?? 0, recent: this.#recent.get(address) ?? 0 };
  }

  connected(address: string): void {
    this.#held.set(address, (this.#held.get(address) ?? 0) + 1);
    this.#recent.set(address, (this.#recent.get(address) ?? 0) + 1);
  }

  disconnected(address: string): void {
    const held = (this.#held.get(address) ?? 0) - 1;
    if (held > 0) this.#held.set(address, held);
    else this.#held.delete(address);
  }

  refused(cause: RefusalCause): void {
    this.#totals.set(cause, (this.#totals.get(cause) ?? 0) + 1);
    this.#unwritten.set(cause, (this.#unwritten.get(cause) ?? 0) + 1);
  }

  totals(): Partial<Record<RefusalCause, number>> {
    return Object.fromEntries(this.#totals);
  }

  /** Addresses that hold connections now. */
  get addresses(): number {
    return this.#held.size;
  }

  /** Starts a new minute and hands over what is to be written, when it is time. */
  advance(nowMs: number, write: (event: LedgerEvent["event"] & { type: "refused" }) => void): void {
    if (nowMs - this.#windowMs >= RATE_WINDOW_MS) {
      this.#windowMs = nowMs;
      this.#recent.clear();
    }
    if (nowMs - this.#writtenMs >= REFUSALS_EVERY_MS) this.flush(nowMs, write);
  }

  /** Hands over every refusal not written yet. */
  flush(nowMs: number, write: (event: LedgerEvent["event"] & { type: "refused" }) => void): void {
    const overMs = nowMs - this.#writtenMs;
    this.#writtenMs = nowMs;
    for (const [cause, count] of this.#unwritten) write({ type: "refused", cause, count, overMs });
    this.#unwritten.clear();
  }
}
