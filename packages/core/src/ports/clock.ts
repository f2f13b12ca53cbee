/** The port to time, and the machine's own clock. Tests use `testing/virtualClock.ts`. */

/** Undoes what returned it. Calling it again has no effect. */
export type Disposer = () => void;

export interface Clock {
  /** Milliseconds that never go backwards; origin arbitrary. May have a fraction. */
  monotonicMs(): number;
  /** Epoch milliseconds of the wall clock; may jump. For display and the ledger only. */
  wallMs(): number;
  /** Calls back about every `periodMs` until disposed; late calls are not made up for. */
  every(periodMs: number, callback: () => void): Disposer;
  /** Calls back once, after input that is already waiting has been delivered. */
  afterInput(callback: () => void): Disposer;
}

/** The machine's clock: `performance.now()`, `Date.now()`, and timers that do not keep the process alive. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  afterInput(callback) {
    // The first immediate may run before the poll phase in which waiting sockets are read; the second never does.
    let immediate = setImmediate(() => {
      immediate = setImmediate(callback);
    });
    return () => clearImmediate(immediate);
  },
};
