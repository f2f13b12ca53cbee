/**
 * Ends whatever depends on a sign-in when that sign-in ends (rule OPS1): by sign-out, expiry or token revocation. Another process may
 * revoke a token, so watched sign-ins are polled. A sign-out in this process triggers an immediate check.
 */
import type { Disposer } from "@lastbeat/core";
import type { Right } from "../contract/rights.ts";
import type { Guarded } from "../guarded.ts";

/** Authorisation to query or change something. It can end at any moment. */
export interface SignIn {
  /** Identifies the cookie or token it came from. */
  readonly id: string;
  /** The actor's name in the ledger. */
  readonly name: string;
  /** What the actor may do. Fixed for the life of a sign-in: whoever gets another role signs in again. */
  readonly rights: ReadonlySet<Right>;
  isValid(): boolean;
}

/** Well below one second, to leave slack for a busy event loop. */
const CHECK_EVERY_MS = 400;

/** What it takes to watch a sign-in. */
type Watchable = Pick<SignIn, "id" | "isValid">;

interface Watched {
  readonly signIn: Watchable;
  readonly onEnd: Set<() => void>;
}

export class SignIns {
  readonly #watched = new Map<string, Watched>();
  readonly #guarded: Guarded;
  #timer: NodeJS.Timeout | undefined;

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** Calls `onEnd` once, within half a second of the sign-in ending. The returned function cancels the watch. */
  watch(signIn: Watchable, onEnd: () => void): Disposer {
    const watched = this.#watched.get(signIn.id) ?? { signIn, onEnd: new Set() };
    this.#watched.set(signIn.id, watched);
    // A new function each time, so the same listener can be registered twice.
    const listener = () => onEnd();
    watched.onEnd.add(listener);
    this.#timer ??= setInterval(() => this.#guarded("check sign-ins", () => this.check()), CHECK_EVERY_MS).unref();
    return () => {
      watched.onEnd.delete(listener);
      if (watched.onEnd.size === 0 && this.#watched.get(signIn.id) === watched) this.#forget(signIn.id);
    };
  }

  /** Resolves with `work`, or rejects with `expired()` as soon as the sign-in ends. */
  async whileValid<T>(signIn: Watchable, work: Promise<T>, expired: () => Error): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = this.watch(signIn, () => reject(expired()));
    try {
      return await Promise.race([work, promise]);
    } finally {
      stop();
    }
  }

  /** Checks every watched sign-in now. */
  check(): void {
    for (const { signIn, onEnd } of [...this.#watched.values()]) {
      if (signIn.isValid()) continue;
      this.#forget(signIn.id);
      for (const listener of onEnd) this.#guarded("end what depended on a sign-in", listener);
    }
  }

  close(): void {
    for (const id of [...this.#watched.keys()]) this.#forget(id);
  }

  #forget(id: string): void {
    this.#watched.delete(id);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
