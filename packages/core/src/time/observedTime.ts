/** Time during which the server was really listening (rules TIM1 and TIM2), whatever the wall clock says (rule TIM4). */

/** A tick later than this is a pause: an event-loop stall, garbage collection, SIGSTOP, a suspended machine. Milliseconds. */
export const PAUSE_MS = 1_000;

/** However late a tick comes, it moves observed time by at most this many ticks. */
export const MAX_STEPS = 2;

export interface Observation {
  /** Whole ticks by which observed time moves. */
  readonly steps: number;
  /** Elapsed time kept for the next tick, less than one tick. */
  readonly carryMs: number;
  /** Time in which the server was not listening; 0 unless the tick was more than `PAUSE_MS` late. */
  readonly pausedMs: number;
}

/**
 * Decides what a tick that came `elapsedMs` after the one before means. Observed time moves in whole ticks, so that
 * deadlines made of whole ticks are met exactly and rounding never adds up over several misses.
 */
export function observe(elapsedMs: number, carryMs: number, tickMs: number): Observation {
  const late = elapsedMs - tickMs;
  if (late > PAUSE_MS) return { steps: 1, carryMs: 0, pausedMs: late };
  const total = Math.max(0, elapsedMs) + carryMs;
  const steps = Math.min(MAX_STEPS, Math.floor(total / tickMs));
  const restMs = total - steps * tickMs;
  // What a late tick leaves beyond its two steps was time nobody listened: the next tick must not make up for it.
  return { steps, carryMs: restMs < tickMs ? restMs : 0, pausedMs: 0 };
}

/** Observed time in milliseconds since the keeper started, in whole ticks; and the pauses left out of it. */
export class ObservedTime {
  readonly tickMs: number;
  nowMs = 0;
  pauses = 0;
  pausedMs = 0;
  longestPauseMs = 0;
  /** Observed time when the server last paused, and when a tick last made up for two; -1 for never. */
  lastPauseMs = -1;
  lastLateTickMs = -1;
  #lastTickMs: number;
  #carryMs = 0;

  /** `monotonicMs` is the monotonic clock's reading now; `tickMs` the period at which `elapse` will be called. */
  constructor(monotonicMs: number, tickMs: number) {
    this.#lastTickMs = monotonicMs;
    this.tickMs = tickMs;
  }

  /** Takes in a tick at `monotonicMs`. The caller moves `nowMs` on by calling `step` as often as `steps` says. */
  elapse(monotonicMs: number): Observation {
    const observation = observe(monotonicMs - this.#lastTickMs, this.#carryMs, this.tickMs);
    this.#lastTickMs = monotonicMs;
    this.#carryMs = observation.carryMs;
    if (observation.pausedMs > 0) this.#recordPause(observation.pausedMs);
    if (observation.steps > 1) this.lastLateTickMs = this.nowMs;
    return observation;
  }

  /** Moves observed time on by one tick. */
  step(): number {
    this.nowMs += this.tickMs;
    return this.nowMs;
  }

  #recordPause(pausedMs: number): void {
    this.pauses += 1;
    this.lastPauseMs = this.nowMs;
    this.pausedMs += pausedMs;
    this.longestPauseMs = Math.max(this.longestPauseMs, pausedMs);
  }
}
