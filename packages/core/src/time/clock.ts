/** The port to time. `systemClock.ts` is its only implementation on real timers; tests use `testing/virtualClock.ts`. */

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
