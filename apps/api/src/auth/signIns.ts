/**
 * What runs in somebody's name ends with their sign-in (rule OPS1): by signing out, by its expiry, or when the token is revoked, which another
 * process may do. So every sign-in that something depends on is looked at again and again, and at once where an end is known.
 */
import type { Disposer } from "@lastbeat/core";
import type { Owned } from "../owned.ts";

/** Leave to ask or to command, which can end at any moment. */
export interface SignIn {
  /** The same for everything that came with one cookie or one token. */
  readonly id: string;
  /** As the ledger names who did something. */
  readonly name: string;
  isValid(): boolean;
}

/** Well below a second, with room for a busy event loop. */
const CHECK_EVERY_MS = 400;

interface Watched {
  readonly signIn: SignIn;
  readonly onEnd: Set<() => void>;
}

export class SignIns {
  readonly #watched = new Map<string, Watched>();
  readonly #owned: Owned;
  #timer: NodeJS.Timeout | undefined;

  constructor(owned: Owned) {
    this.#owned = owned;
  }

  /** Calls back once, within half a second after the sign-in has ended, unless the returned function was called before. */
  watch(signIn: SignIn, onEnd: () => void): Disposer {
    const watched = this.#watched.get(signIn.id) ?? { signIn, onEnd: new Set() };
    this.#watched.set(signIn.id, watched);
    // A function of its own, so that one listener may watch twice.
    const listener = () => onEnd();
    watched.onEnd.add(listener);
    this.#timer ??= setInterval(() => this.#owned("look at the sign-ins", () => this.check()), CHECK_EVERY_MS).unref();
    return () => {
      watched.onEnd.delete(listener);
      if (watched.onEnd.size === 0 && this.#watched.get(signIn.id) === watched) this.#forget(signIn.id);
    };
  }

  /** `work`, or `over()` thrown as soon as the sign-in ends. */
  async whileValid<T>(signIn: SignIn, work: Promise<T>, over: () => Error): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = this.watch(signIn, () => reject(over()));
    try {
      return await Promise.race([work, promise]);
    } finally {
      stop();
    }
  }

  /** Looks at every sign-in now: one may just have ended. */
  check(): void {
    for (const { signIn, onEnd } of [...this.#watched.values()]) {
      if (signIn.isValid()) continue;
      this.#forget(signIn.id);
      for (const listener of onEnd) this.#owned("end what a sign-in had vouched for", listener);
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
