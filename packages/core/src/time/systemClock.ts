/** The only user of real timers and of `Date` in core. */
import type { Clock } from "./clock.ts";

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
