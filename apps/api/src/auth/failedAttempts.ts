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

interface Failures {
  count: number;
  lastMs: number;
}

export class FailedAttempts {
  readonly #nowMs: () => number;
  /** In the order of their last failure. */
  readonly #failures = new Map<string, Failures>();
  /** Failed attempts since the start, for the metrics. */
  total = 0;

  /** @param nowMs a clock that never goes back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * How long attempts from this address are refused; 0 if they are not. Ask before work that a guesser should not get, such as hashing
   * a password. A secret of 256 bits is better compared first: then nobody with the right one waits for a neighbour who guesses.
   */
  waitMs(address: string): number {
    const failures = this.#failures.get(addressGroup(address));
    return failures === undefined ? 0 : Math.max(0, failures.lastMs + waitAfter(failures.count) - this.#nowMs());
  }

  /** Counts a failed attempt, unless the address is waiting already. Returns how long attempts are refused now. */
  failed(address: string): number {
    this.total += 1;
    const waiting = this.waitMs(address);
    if (waiting > 0) return waiting;
    const group = addressGroup(address);
    const lastMs = this.#nowMs();
    const before = this.#failures.get(group);
    const isForgotten = before === undefined || lastMs - before.lastMs > FORGOTTEN_AFTER_MS;
    const count = isForgotten ? 1 : before.count + 1;
    // Anew, so that the map stays in the order of the last failure.
    this.#failures.delete(group);
    this.#failures.set(group, { count, lastMs });
    this.#makeRoom();
    return waitAfter(count);
  }

  #makeRoom(): void {
    if (this.#failures.size <= KNOWN) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}

/** How long an address waits after so many failures. */
export function waitAfter(failures: number): number {
  if (failures < FREE) return 0;
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - FREE));
}

export function tooManyAttempts(waitMs: number): Error {
  const message = `too many attempts from this address; try again in ${retryAfter(waitMs)} s`;
  return failure("too_many_attempts", message, { data: { retryAfterMs: waitMs } });
}

/** The value of `Retry-After`: whole seconds, at least one. */
export function retryAfter(waitMs: number): string {
  return String(Math.max(1, Math.ceil(waitMs / 1_000)));
}
