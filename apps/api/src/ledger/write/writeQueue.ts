/**
 * What waits for the writer, in order. One group is with the writer at a time; everything that arrives meanwhile forms the next one
 * (group commit). When a group fails, openings, messages and revisions in it are refused; ends and events stay first in line and are
 * tried again until they are stored (rules LED5 and LED6). When the writer dies over a group, nobody knows whether it is stored: the next
 * writer is sent the same group under the same number, and nothing in it is refused before that one has answered.
 */
import type { LedgerHealth } from "@lastbeat/core";
import { failure } from "../../contract/errors.ts";
import type { WriteGroup, WriteKind, WriteOp, WriteOutcome } from "../workerMessages.ts";

/** Records in one group: bounds what handing one over costs the event loop, and how long a commit takes. */
const GROUP_MAX = 500;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

export interface WriteQueueOptions {
  readonly limit: number;
  /** Hands a group to the writer, which answers with `committed` or `failed`. */
  readonly send: (group: WriteGroup) => void;
  readonly onHealth?: (health: LedgerHealth) => void;
}

interface Waiting {
  readonly op: WriteOp;
  readonly resolve: (outcome: WriteOutcome | undefined) => void;
  /** Left out for what must not be given up. */
  readonly refuse: ((cause: string) => void) | null;
}

const neverRefused: ReadonlySet<WriteKind> = new Set(["ended", "event"]);

export class WriteQueue {
  readonly #options: WriteQueueOptions;
  #waiting: Waiting[] = [];
  #sent: Waiting[] = [];
  /** Of the group that was sent last. */
  #number = 0;
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
    if (this.#closed) return { accepting: false, cause: "the database is closed" };
    if (this.#failure !== null) return { accepting: false, cause: this.#failure };
    const { limit } = this.#options;
    if (this.length >= limit) return { accepting: false, cause: `${limit} records are waiting for the database` };
    return { accepting: true };
  }

  /** Adds a write. Resolves with its outcome, if it has one, once it is durable; rejects with `unavailable` when it was given up: nothing is stored then. */
  add(kind: WriteKind, record: string): Promise<WriteOutcome | undefined> {
    return new Promise((resolve, reject) => {
      const refuse = neverRefused.has(kind) ? null : (cause: string) => reject(failure("unavailable", cause));
      const health = this.health();
      if (refuse !== null && !health.accepting) return refuse(health.cause);
      if (this.#closed) return reject(failure("unavailable", "the database is closed"));
      this.#waiting.push({ op: [kind, record], resolve, refuse });
      this.#schedule();
    });
  }

  committed(outcomes: readonly WriteOutcome[]): void {
    const sent = this.#sent;
    this.#sent = [];
    this.#recovered();
    const byPlace = new Map(outcomes.map((outcome) => [outcome.at, outcome]));
    for (const [at, { resolve }] of sent.entries()) resolve(byPlace.get(at));
    if (this.#waiting.length > 0) this.#send();
    else this.#emptied();
  }

  /** Nothing of the group was stored. */
  failed(cause: string): void {
    this.#waiting = [...this.#sent, ...this.#waiting];
    this.#sent = [];
    this.#refuseWaiting(cause);
    if (this.#waiting.length > 0) this.#retryLater();
    else this.#emptied();
  }

  /** The writer died. What it was sent waits for the next one. */
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

  /** The writer's own sign of life was written (`null`) or not: tells of trouble and recovery while nothing else is written. */
  alive(cause: string | null): void {
    if (cause !== null) this.#broken(cause);
    else if (this.length === 0) this.#recovered();
  }

  /** Resolves when nothing waits any more; takes nothing new from now on. */
  async drain(): Promise<void> {
    this.#closed = true;
    if (this.length === 0) return;
    await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  /** Waits for the end of this turn of the event loop, so that what belongs together is committed together. */
  #schedule(): void {
    if (this.#wake !== null || this.#sent.length > 0) return;
    this.#wake = setImmediate(() => this.#send());
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
    this.#options.send({ number: this.#number, ops: this.#sent.map(({ op }) => op) });
  }

  #refuseWaiting(cause: string): void {
    this.#broken(cause);
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ refuse }) => refuse === null);
    for (const { refuse } of waiting) refuse?.(cause);
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
