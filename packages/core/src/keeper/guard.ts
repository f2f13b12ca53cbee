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
  readonly name: string;
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
  run(name: string, work: () => unknown): boolean {
    try {
      this.own(name, work());
      return true;
    } catch (thrown) {
      this.failed(name, thrown);
      return false;
    }
  }

  /** Asks; `otherwise` stands for an answer that did not come or is none. */
  ask<T>({ name, ask, isRight }: Question<T>, otherwise: T): T {
    try {
      const answer = ask();
      if (isRight(answer)) return answer;
      this.own(name, answer);
      this.failed(name, new TypeError(`it answered ${typeof answer === "object" ? "something else" : causeOf(answer)}`));
    } catch (thrown) {
      this.failed(name, thrown);
    }
    return otherwise;
  }

  /** Whoever wrote `async` where nothing is awaited has its rejection caught all the same. */
  own(name: string, returned: unknown): void {
    if (returned instanceof Promise) returned.catch((thrown: unknown) => this.failed(name, thrown));
  }

  /** Logs a failure, unless one of its kind was logged within the last minute. */
  failed(name: string, thrown: unknown): void {
    const quiet = this.#quiet.get(name);
    if (quiet !== undefined && this.nowMs - quiet.sinceMs < QUIET_MS) {
      quiet.unlogged += 1;
      return;
    }
    this.#quiet.set(name, { sinceMs: this.nowMs, unlogged: 0 });
    this.#log.error(`${name} failed`, { cause: causeOf(thrown), moreBefore: quiet?.unlogged ?? 0 });
  }
}
