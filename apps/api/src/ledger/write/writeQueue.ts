/**
 * The queue of writes. One group is with the writer at a time, and everything that arrives in the meantime forms the next one (group
 * commit). If a group fails, its openings, messages and revisions are refused; ends, events and what operators change stay at the front and are retried until
 * they are stored (rules LED5 and LED6). If the writer dies with a group, its outcome is unknown: the next writer gets the same group
 * under the same number, and nothing in it is refused before that writer has answered.
 */
import type { LedgerHealth } from "@lastbeat/core";
import { Distribution } from "../../metrics/distribution.ts";
import type { WriteGroup, WriteKind, WriteOutcome } from "../workerMessages.ts";

/** Maximum records per group. Bounds the event loop time to send a group and the duration of a commit. */
const GROUP_MAX = 500;
/** Time between two groups, unless many writes wait. Each group costs both threads some 50 µs of processor time, however small it is. */
const GATHER_MS = 2;
/** So many writes are a group worth sending at once. */
const GATHERED = 64;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
/** Seconds. */
const COMMIT_EDGES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const CLOSED = "the database is closed";

export interface WriteQueueOptions {
  readonly limit: number;
  /** Hands a group to the writer, which answers with `committed` or `failed`. */
  readonly send: (group: WriteGroup) => void;
  readonly onHealth?: (health: LedgerHealth) => void;
}

/** A write and what becomes of it. One of the two calls comes, once. */
export interface Write {
  readonly kind: WriteKind;
  /** JSON. */
  readonly record: string;
  /** It is durable, or the outcome says why it cannot be stored. */
  settled(outcome: WriteOutcome | undefined): void;
  /** It was not stored and will not be. */
  refused(cause: string): void;
}

/** Writes that wait until they are stored, however long that takes. */
const mustBeStored = ({ kind }: Write): boolean => kind === "ended" || kind === "event" || kind === "operator";

/** What the queue has done since the start, for the metrics (rule MET1). */
export interface WriteTotals {
  /** Seconds from sending a group to hearing that it is stored. */
  readonly commits: Distribution;
  /** Records stored, and groups of which nothing was stored. */
  readonly records: number;
  readonly failures: number;
}

/** A group that was stored, or of which nothing was, with the `failure`. */
export interface Commit {
  readonly records: number;
  readonly durationMs: number;
  readonly failure: string | null;
}

export class WriteQueue {
  /** Told of each commit, for traces. */
  onCommit: ((commit: Commit) => void) | null = null;
  readonly totals = { commits: new Distribution(COMMIT_EDGES), records: 0, failures: 0 };
  readonly #options: WriteQueueOptions;
  #waiting: Write[] = [];
  #sent: Write[] = [];
  /** Number of the last group sent. */
  #number = 0;
  /** When a group was last sent, milliseconds. */
  #sentMs = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #failure: string | null = null;
  #retries = 0;
  #wake: NodeJS.Immediate | NodeJS.Timeout | null = null;
  #onEmpty: (() => void)[] = [];
  #closed = false;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.length + this.#sent.length;
  }

  health(): LedgerHealth {
    if (this.#closed) return { accepting: false, cause: CLOSED };
    if (this.#failure !== null) return { accepting: false, cause: this.#failure };
    const { limit } = this.#options;
    if (this.length >= limit) return { accepting: false, cause: `${limit} records are waiting for the database` };
    return { accepting: true };
  }

  add(write: Write): void {
    if (this.#closed) return write.refused(CLOSED);
    if (!mustBeStored(write)) {
      const health = this.health();
      if (!health.accepting) return write.refused(health.cause);
    }
    this.#waiting.push(write);
    this.#schedule();
  }

  committed(outcomes: readonly WriteOutcome[]): void {
    const sent = this.#sent;
    this.#sent = [];
    const durationMs = performance.now() - this.#sentMs;
    this.totals.commits.observe(durationMs / 1_000);
    this.totals.records += sent.length;
    this.onCommit?.({ records: sent.length, durationMs, failure: null });
    this.#recovered();
    const byPlace = new Map(outcomes.map((outcome) => [outcome.at, outcome]));
    for (const [at, write] of sent.entries()) write.settled(byPlace.get(at));
    if (this.#waiting.length > 0) this.#schedule();
    else this.#emptied();
  }

  /** Nothing of the group was stored. */
  failed(cause: string): void {
    this.totals.failures += 1;
    this.onCommit?.({ records: this.#sent.length, durationMs: performance.now() - this.#sentMs, failure: cause });
    this.#waiting = [...this.#sent, ...this.#waiting];
    this.#sent = [];
    this.#refuseWaiting(cause);
    if (this.#waiting.length > 0) this.#retryLater();
    else this.#emptied();
  }

  /** The writer died. The group it was sent waits for the next one. */
  stopped(cause: string): void {
    this.#stopped = true;
    this.#refuseWaiting(cause);
    if (this.length === 0) this.#emptied();
  }

  /** Another writer has taken over. */
  started(): void {
    this.#stopped = false;
    if (this.#sent.length > 0) this.#sendGroup();
    else this.#send();
  }

  /** The writer's alive timestamp was written (`null`) or not. Reveals failure and recovery while nothing else is written. */
  alive(cause: string | null): void {
    if (cause !== null) this.#broken(cause);
    else if (this.length === 0) this.#recovered();
  }

  /** Refuses new writes and resolves once the queue is empty. */
  async drain(): Promise<void> {
    this.#closed = true;
    if (this.length === 0) return;
    await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  /** Sends at the end of this event loop turn, so that related writes are committed together; right after another group, a little later. */
  #schedule(): void {
    if (this.#wake !== null || this.#sent.length > 0) return;
    const isTime = this.#waiting.length >= GATHERED || performance.now() - this.#sentMs >= GATHER_MS;
    this.#wake = isTime ? setImmediate(() => this.#send()) : setTimeout(() => this.#send(), GATHER_MS);
  }

  #retryLater(): void {
    if (this.#wake !== null) return;
    const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#retries);
    this.#retries += 1;
    this.#wake = setTimeout(() => this.#send(), delayMs);
  }

  #send(): void {
    this.#wake = null;
    if (this.#stopped || this.#sent.length > 0 || this.#waiting.length === 0) return;
    this.#sent = this.#waiting.length <= GROUP_MAX ? this.#waiting : this.#waiting.slice(0, GROUP_MAX);
    this.#waiting = this.#waiting.length <= GROUP_MAX ? [] : this.#waiting.slice(GROUP_MAX);
    this.#number += 1;
    this.#sendGroup();
  }

  #sendGroup(): void {
    this.#sentMs = performance.now();
    this.#options.send({ number: this.#number, ops: this.#sent.map(({ kind, record }) => [kind, record]) });
  }

  #refuseWaiting(cause: string): void {
    this.#broken(cause);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(mustBeStored);
    for (const write of waiting) if (!mustBeStored(write)) write.refused(cause);
  }

  #broken(cause: string): void {
    if (this.#failure === cause) return;
    this.#failure = cause;
    this.#options.onHealth?.({ accepting: false, cause });
  }

  #recovered(): void {
    this.#retries = 0;
    if (this.#failure === null) return;
    this.#failure = null;
    this.#options.onHealth?.({ accepting: true });
  }

  #emptied(): void {
    const listeners = this.#onEmpty;
    this.#onEmpty = [];
    for (const listener of listeners) listener();
  }
}
