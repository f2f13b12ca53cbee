/**
 * Makes whoever guesses links, tokens or passwords wait (rule WEB4). Counted per address, IPv6 by /64: some failures are free, for
 * people mistype, and each further one doubles the wait. A success forgives nothing, or an attacker with an account of his own could
 * wipe his slate between guesses.
 */
import { addressGroup } from "@lastbeat/core";
import { failure } from "../contract/errors.ts";

const FREE = 10;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** After this long without a counted failure an address begins anew. */
const FORGOTTEN_AFTER_MS = 30 * 60_000;
/** Addresses known at a time, some 100 B each. Beyond that, the one whose last failure is longest ago is forgotten. */
const KNOWN = 20_000;
/** Attempts of one address under way at a time. Their outcome is known in less than a second. */
const UNDER_WAY = 4;
const UNDER_WAY_WAIT_MS = 1_000;

interface Failures {
  count: number;
  lastMs: number;
}

export interface FailedAttemptsOptions {
  /** A clock that never goes back. */
  readonly nowMs?: () => number;
  readonly longestWaitMs?: number;
}

export class FailedAttempts {
  readonly #nowMs: () => number;
  readonly #longestWaitMs: number;
  /** In the order of their last failure. */
  readonly #failures = new Map<string, Failures>();
  readonly #underWay = new Map<string, number>();
  /** Failed attempts since the start, for the metrics. */
  total = 0;

  constructor({ nowMs = () => performance.now(), longestWaitMs = LONGEST_WAIT_MS }: FailedAttemptsOptions = {}) {
    this.#nowMs = nowMs;
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * How long attempts from this address are refused; 0 if they are not. Ask before work that a guesser should not get, such as hashing
   * a password. A secret of 256 bits is better compared first: then nobody with the right one waits for a neighbour who guesses.
   */
  waitMs(address: string): number {
    const failures = this.#failures.get(addressGroup(address));
    return failures === undefined ? 0 : Math.max(0, failures.lastMs + this.#waitAfter(failures.count) - this.#nowMs());
  }

  /**
   * Begins an attempt whose outcome takes a while, until what is returned is disposed of. One under way counts as if it had failed:
   * otherwise many at once would all be tried before the first failure counts.
   * @throws {LastbeatError} `too_many_attempts` if the address is waiting, or has too many under way.
   */
  begin(address: string): Disposable {
    const waiting = this.waitMs(address);
    if (waiting > 0) throw tooManyAttempts(waiting);
    const group = addressGroup(address);
    const underWay = this.#underWay.get(group) ?? 0;
    const free = Math.max(1, Math.min(UNDER_WAY, FREE - this.#countOf(group)));
    if (underWay >= free) throw tooManyAttempts(UNDER_WAY_WAIT_MS);
    this.#underWay.set(group, underWay + 1);
    return { [Symbol.dispose]: () => this.#end(group) };
  }

  /** Counts a failed attempt, unless the address is waiting already. Returns how long attempts are refused now. */
  failed(address: string): number {
    this.total += 1;
    const waiting = this.waitMs(address);
    if (waiting > 0) return waiting;
    const group = addressGroup(address);
    const count = this.#countOf(group) + 1;
    // Anew, so that the map stays in the order of the last failure.
    this.#failures.delete(group);
    this.#failures.set(group, { count, lastMs: this.#nowMs() });
    this.#makeRoom();
    return this.#waitAfter(count);
  }

  #countOf(group: string): number {
    const failures = this.#failures.get(group);
    return failures === undefined || this.#nowMs() - failures.lastMs > FORGOTTEN_AFTER_MS ? 0 : failures.count;
  }

  #end(group: string): void {
    const left = (this.#underWay.get(group) ?? 0) - 1;
    if (left > 0) this.#underWay.set(group, left);
    else this.#underWay.delete(group);
  }

  #waitAfter(failures: number): number {
    return failures < FREE ? 0 : Math.min(this.#longestWaitMs, FIRST_WAIT_MS * 2 ** (failures - FREE));
  }

  #makeRoom(): void {
    if (this.#failures.size <= KNOWN) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}

export function tooManyAttempts(waitMs: number): Error {
  const message = `too many attempts; try again in ${retryAfter(waitMs)} s`;
  return failure("too_many_attempts", message, { data: { retryAfterMs: waitMs } });
}

/** The value of `Retry-After`: whole seconds, at least one. */
export function retryAfter(waitMs: number): string {
  return String(Math.max(1, Math.ceil(waitMs / 1_000)));
}
