/** The clock of a page, and of Node. */
import type { ClientClock } from "./ports.ts";

/** What of the global object is needed, in words that neither a DOM nor Node has to be known for. */
interface Timers {
  readonly performance: { now(): number };
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

const timers = globalThis as unknown as Timers;

export const pageClock: ClientClock = {
  nowMs: () => timers.performance.now(),
  after(delayMs, callback) {
    const timer = timers.setTimeout(callback, delayMs);
    return () => timers.clearTimeout(timer);
  },
};
