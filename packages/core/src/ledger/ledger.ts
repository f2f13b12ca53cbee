/** The port through which the keeper writes what must not be forgotten. */
import type { LedgerEvent, SessionEnd, SessionOpening } from "./events.ts";

/** Whether the ledger can take another opening, and if not, why. */
export type LedgerHealth = { readonly accepting: true } | { readonly accepting: false; readonly cause: string };

export interface Ledger {
  /**
   * Records an opening. Resolves once it is durable.
   * @throws {SessionIdTakenError} when a session of that id was ever opened.
   * @throws {LedgerUnavailableError} when the queue is full or the store cannot be written; nothing was recorded then.
   */
  opened(record: SessionOpening): Promise<void>;
  /**
   * Records a session's end. Resolves once it is durable, which can take as long as the store stays unwritable: an end is
   * never dropped. A second end of the same session resolves without effect, the first one stands.
   */
  ended(record: SessionEnd): Promise<void>;
  /** Records an event; written with the next group, in the order of the calls. Never throws. */
  event(event: LedgerEvent): void;
  /** Whether openings are taken now. Cheap; asked on every admission. */
  health(): LedgerHealth;
  /** Writes everything that is queued, then lets go of the store. Idempotent. */
  close(): Promise<void>;
}

/** A session of this id was opened before; ids are never used twice. */
export class SessionIdTakenError extends Error {
  constructor(sessionId: string) {
    super(`session id ${sessionId} was used before`);
    this.name = "SessionIdTakenError";
  }
}

/** The ledger cannot take an opening now. */
export class LedgerUnavailableError extends Error {
  constructor(cause: string) {
    super(`the ledger cannot take an opening: ${cause}`);
    this.name = "LedgerUnavailableError";
  }
}
