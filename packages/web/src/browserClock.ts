/** The browser's clock. */
import type { ClientClock } from "@lastbeat/core/client";

export const browserClock: ClientClock = {
  nowMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
