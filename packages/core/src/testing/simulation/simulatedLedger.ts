/** A ledger that stalls and fails on command, and reports violations of the port's contract. */
import {
  type Ledger,
  type LedgerEvent,
  type LedgerHealth,
  ledgerUnavailable,
  type SessionEnd,
  type SessionOpening,
  sessionIdTaken,
} from "../../ports/ledger.ts";
import type { Mishaps } from "./mishaps.ts";

/** `stalled`: writes wait; `failing`: openings are refused and ends wait; `refusing`: ends are refused, against the contract. */
export type LedgerCondition = "well" | "stalled" | "failing" | "refusing";

export interface LedgerWatcher {
  event(event: LedgerEvent): void;
  violated(rule: string, what: string): void;
  /** An end was refused, against the contract. */
  endRefused(sessionId: string): void;
}

interface WaitingOpening {
  readonly record: SessionOpening;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

interface WaitingEnd {
  readonly record: SessionEnd;
  readonly resolve: () => void;
}

export class SimulatedLedger implements Ledger {
  /** Sessions with a durable opening and no durable end. */
  readonly open = new Set<string>();
  readonly closed = new Set<string>();
  readonly #watcher: LedgerWatcher;
  readonly #mishaps: Mishaps;
  readonly #askedToEnd = new Set<string>();
  /** Durable ends whose answer was lost. */
  readonly unanswered = new Set<string>();
  readonly #refusals = new Map<string, number>();
  #openings: WaitingOpening[] = [];
  #ends: WaitingEnd[] = [];
  condition: LedgerCondition = "well";

  constructor(watcher: LedgerWatcher, mishaps: Mishaps) {
    this.#watcher = watcher;
    this.#mishaps = mishaps;
  }

  /** How often this session's end was refused. */
  refusals(sessionId: string): number {
    return this.#refusals.get(sessionId) ?? 0;
  }

  /** Openings waiting to be written. */
  get pendingOpenings(): number {
    return this.#openings.length;
  }

  /** Whether this session's opening is durable. */
  hasOpened(sessionId: string): boolean {
    return this.open.has(sessionId) || this.closed.has(sessionId);
  }

  opened(record: SessionOpening): Promise<void> {
    return this.#mishaps.strike() ?? this.#opened(record);
  }

  ended(record: SessionEnd): Promise<void> {
    const { sessionId } = record;
    if (this.#askedToEnd.has(sessionId)) this.#watcher.violated("SES2", `the ledger was given the end of ${sessionId} twice`);
    if (!this.hasOpened(sessionId)) this.#watcher.violated("LED1", `${sessionId} ended before its opening was durable`);
    if (this.condition === "refusing") return this.#refuseEnd(sessionId, "the ledger refuses ends");
    if (!this.#mishaps.happens()) return this.#ended(record);
    // In good condition the end is durable, and only the answer is lost.
    if (this.condition === "well") {
      this.#end(sessionId);
      this.unanswered.add(sessionId);
    }
    return this.#refuseEnd(sessionId, "the answer was lost");
  }

  async #refuseEnd(sessionId: string, cause: string): Promise<never> {
    this.#refusals.set(sessionId, this.refusals(sessionId) + 1);
    this.#watcher.endRefused(sessionId);
    throw ledgerUnavailable(cause);
  }

  async #opened(record: SessionOpening): Promise<void> {
    const { sessionId } = record;
    if (this.hasOpened(sessionId)) throw sessionIdTaken(sessionId);
    if (this.condition === "failing") throw ledgerUnavailable("the disk is full");
    if (this.condition === "well" || this.condition === "refusing") {
      this.open.add(sessionId);
      return;
    }
    await new Promise<void>((resolve, reject) => this.#openings.push({ record, resolve, reject }));
  }

  async #ended(record: SessionEnd): Promise<void> {
    const { sessionId } = record;
    if (this.unanswered.delete(sessionId)) return;
    this.#askedToEnd.add(sessionId);
    if (this.condition === "well") return this.#end(sessionId);
    await new Promise<void>((resolve) => this.#ends.push({ record, resolve }));
  }

  event(event: LedgerEvent): unknown {
    this.#watcher.event(event);
    return this.#mishaps.strike();
  }

  health(): LedgerHealth {
    const health: LedgerHealth =
      this.condition === "failing" ? { accepting: false, cause: "the disk is full" } : { accepting: true };
    return this.#mishaps.spoil(health, [undefined, null, {}, { accepting: "yes" }]);
  }

  async close(): Promise<void> {}

  /** Writes nothing until it recovers. */
  stall(): void {
    this.condition = "stalled";
  }

  /** Refuses ends until it recovers. */
  refuse(): void {
    this.recover();
    this.condition = "refusing";
  }

  /** The disk is full: pending openings are refused; ends wait, because they are never dropped. */
  fail(): void {
    this.condition = "failing";
    const refused = this.#openings;
    this.#openings = [];
    for (const { reject } of refused) reject(ledgerUnavailable("the disk is full"));
  }

  /** Writes everything pending, in order. */
  recover(): void {
    this.condition = "well";
    const [openings, ends] = [this.#openings, this.#ends];
    this.#openings = [];
    this.#ends = [];
    for (const { record, resolve } of openings) {
      this.open.add(record.sessionId);
      resolve();
    }
    for (const { record, resolve } of ends) {
      this.#end(record.sessionId);
      resolve();
    }
  }

  #end(sessionId: string): void {
    this.open.delete(sessionId);
    this.closed.add(sessionId);
  }
}
