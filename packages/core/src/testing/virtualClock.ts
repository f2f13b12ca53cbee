/** A virtual clock for tests and simulations; time advances only on demand. */

import type { Clock, Disposer } from "../ports/clock.ts";

interface Repeating {
  readonly periodMs: number;
  readonly callback: () => void;
  nextMs: number;
}

export interface VirtualClock extends Clock {
  /**
   * Advances time by `ms` and runs callbacks in the order in which they fall due, each at its own time. Promises do not settle in
   * between; use `advanceAsync` for that.
   */
  advance(ms: number): void;
  /** Like `advance`, in steps of `stepMs` (default 100), letting promises settle after each. */
  advanceAsync(ms: number, stepMs?: number): Promise<void>;
  /** Time passes while the process does not run: repeating callbacks that fell due run once, at the end. */
  pause(ms: number): void;
  /** Shifts only the wall clock. */
  jumpWall(ms: number): void;
  /** Runs the callbacks that wait for pending input. */
  runAfterInput(): void;
  /** Called before the callbacks of `afterInput`, so that a test can deliver pending input. */
  onInput: (() => void) | null;
  /** When the next repeating callback is due, on the monotonic clock; infinity when there is none. */
  readonly nextDueMs: number;
  /** Pending timers. */
  readonly timers: number;
}

/** Lets pending promises settle. */
export async function settle(rounds = 12): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await Promise.resolve();
}

/** Creates a virtual clock; the wall clock starts at `wallMs` (default 2026-01-01). */
export function createVirtualClock(wallMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = 0;
  let wallOffsetMs = wallMs;
  const repeating = new Set<Repeating>();
  let waiting: { callback: () => void }[] = [];

  const runAfterInput = () => {
    for (let round = 0; waiting.length > 0 && round < 1_000; round += 1) {
      clock.onInput?.();
      const batch = waiting;
      waiting = [];
      for (const { callback } of batch) callback();
    }
  };

  const fireNext = (untilMs: number): boolean => {
    let next: Repeating | undefined;
    for (const timer of repeating)
      if (timer.nextMs <= untilMs && (next === undefined || timer.nextMs < next.nextMs)) next = timer;
    if (next === undefined) return false;
    nowMs = Math.max(nowMs, next.nextMs);
    next.nextMs = nowMs + next.periodMs;
    next.callback();
    runAfterInput();
    return true;
  };

  const clock: VirtualClock = {
    onInput: null,
    monotonicMs: () => nowMs,
    wallMs: () => wallOffsetMs + nowMs,
    every(periodMs, callback) {
      const timer: Repeating = { periodMs, callback, nextMs: nowMs + periodMs };
      repeating.add(timer);
      return () => {
        repeating.delete(timer);
      };
    },
    afterInput(callback): Disposer {
      const entry = { callback };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      runAfterInput();
      while (fireNext(untilMs));
      nowMs = untilMs;
    },
    async advanceAsync(ms, stepMs = 100) {
      await settle();
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        clock.advance(Math.min(stepMs, leftMs));
        await settle();
      }
    },
    pause(ms) {
      nowMs += ms;
      for (const timer of repeating) timer.nextMs = Math.max(timer.nextMs, nowMs);
    },
    jumpWall(ms) {
      wallOffsetMs += ms;
    },
    runAfterInput,
    get nextDueMs() {
      let nextMs = Number.POSITIVE_INFINITY;
      for (const timer of repeating) nextMs = Math.min(nextMs, timer.nextMs);
      return nextMs;
    },
    get timers() {
      return repeating.size + waiting.length;
    },
  };
  return clock;
}
