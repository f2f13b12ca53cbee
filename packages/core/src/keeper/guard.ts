/**
 * Wraps every call into foreign code: ports, listeners and disposers. Exceptions, rejections and invalid answers are logged at
 * most once per kind and minute, and are not propagated (rule SES8).
 */

import type { KeeperLog } from "../ports/log.ts";
import { causeOf } from "../ports/thrown.ts";

/** How long a kind of failure stays quiet after it was logged, milliseconds of the monotonic clock. */
export const QUIET_MS = 60_000;

/** A query to a port, with a check of its answer. Allocated once per query, so that asking allocates nothing. */
export interface Query<T> {
  /** The port and the call, for the log. Must be one of a small set, because each is remembered. */
  readonly name: string;
  readonly ask: () => T;
  readonly isValid: (answer: T) => boolean;
}

interface Quiet {
  readonly sinceMs: number;
  /** Failures suppressed since then. */
  unlogged: number;
}

export class Guard {
  readonly #log: KeeperLog;
  readonly #quiet = new Map<string, Quiet>();
  /** The monotonic clock as last read, milliseconds. */
  nowMs = 0;

  constructor(log: KeeperLog) {
    this.#log = log;
  }

  /** Runs `work`; `false` when it threw. If it returns a promise, a rejection is logged. */
  run(name: string, work: () => unknown): boolean {
    try {
      this.catchRejection(name, work());
      return true;
    } catch (thrown) {
      this.failed(name, thrown);
      return false;
    }
  }

  /** Asks; returns `fallback` when the query throws or its answer is invalid. */
  ask<T>({ name, ask, isValid }: Query<T>, fallback: T): T {
    try {
      const answer = ask();
      if (isValid(answer)) return answer;
      this.catchRejection(name, answer);
      this.failed(name, new TypeError(`it answered ${typeof answer === "object" ? "something else" : causeOf(answer)}`));
    } catch (thrown) {
      this.failed(name, thrown);
    }
    return fallback;
  }

  /** Catches the rejection of a promise returned where none is awaited, as from an `async` listener. */
  catchRejection(name: string, returned: unknown): void {
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
