/** The clock port, and its implementation by the system clock. Tests use `testing/virtualClock.ts`. */

/** Undoes the call that returned it. Idempotent. */
export type Disposer = () => void;

export interface Clock {
  /** Milliseconds that never go backwards, from an arbitrary origin. May be fractional. */
  monotonicMs(): number;
  /** Epoch milliseconds of the wall clock; may jump. For display and the ledger only. */
  wallMs(): number;
  /** Calls back about every `periodMs` until disposed. Missed calls are not made up for. */
  every(periodMs: number, callback: () => void): Disposer;
  /** Calls back once, after input that is already pending has been delivered. */
  afterInput(callback: () => void): Disposer;
}

/** The system clock: `performance.now()`, `Date.now()`, and timers that do not keep the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  afterInput(callback) {
    // The first immediate may run before the poll phase that reads pending sockets; the second never does.
    let immediate = setImmediate(() => {
      immediate = setImmediate(callback);
    });
    return () => clearImmediate(immediate);
  },
};
