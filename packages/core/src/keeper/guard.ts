/**
 * Under the guard runs whatever others wrote: ports, listeners, disposers. What it throws, rejects with or answers wrongly is logged
 * once per kind and minute, and goes no further (rule SES8).
 */

import type { KeeperLog } from "../ports/log.ts";
import { causeOf } from "../ports/thrown.ts";

/** Time in which a kind of failure is logged once, milliseconds of the monotonic clock. */
export const QUIET_MS = 60_000;

/** Something a port is asked. Made once for each question, so that asking costs no object. */
export interface Question<T> {
  /** Names the port and the call, as the log does; of these there must be few. */
  readonly kind: string;
  readonly ask: () => T;
  readonly isRight: (answer: T) => boolean;
}

interface Quiet {
  readonly sinceMs: number;
  /** Failures that were not logged. */
  unlogged: number;
}

export class Guard {
  readonly #log: KeeperLog;
  readonly #quiet = new Map<string, Quiet>();
  /** The monotonic clock when it was read last, milliseconds. */
  nowMs = 0;

  constructor(log: KeeperLog) {
    this.#log = log;
  }

  /** Does `work`; `false` when it threw. A promise it returns may reject. */
  run(kind: string, work: () => unknown): boolean {
    try {
      this.own(kind, work());
      return true;
    } catch (thrown) {
      this.failed(kind, thrown);
      return false;
    }
  }

  /** Asks; `otherwise` stands for an answer that did not come or is none. */
  ask<T>({ kind, ask, isRight }: Question<T>, otherwise: T): T {
    try {
      const answer = ask();
      if (isRight(answer)) return answer;
      this.own(kind, answer);
      this.failed(kind, new TypeError(`it answered ${typeof answer === "object" ? "something else" : causeOf(answer)}`));
    } catch (thrown) {
      this.failed(kind, thrown);
    }
    return otherwise;
  }

  /** Whoever wrote `async` where nothing is awaited has its rejection caught all the same. */
  own(kind: string, returned: unknown): void {
    if (returned instanceof Promise) returned.catch((thrown: unknown) => this.failed(kind, thrown));
  }

  /** Logs a failure, unless one of its kind was logged within the last minute. */
  failed(kind: string, thrown: unknown): void {
    const quiet = this.#quiet.get(kind);
    if (quiet !== undefined && this.nowMs - quiet.sinceMs < QUIET_MS) {
      quiet.unlogged += 1;
      return;
    }
    this.#quiet.set(kind, { sinceMs: this.nowMs, unlogged: 0 });
    this.#log.error(`${kind} failed`, { cause: causeOf(thrown), moreBefore: quiet?.unlogged ?? 0 });
  }
}
