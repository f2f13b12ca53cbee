/** The client clock for browsers and Node. */
import type { ClientClock } from "./ports.ts";

/** The globals that are needed, declared here so that neither DOM nor Node types are required. */
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
