/** Observed time: time during which the server was listening (rules TIM1 and TIM2), independent of the wall clock (rule TIM4). */

/** A tick later than this is a pause: an event-loop stall, garbage collection, SIGSTOP, a suspended machine. Milliseconds. */
export const PAUSE_MS = 1_000;

/** The most ticks by which one tick advances observed time, however late it is. */
export const MAX_STEPS = 2;

export interface Observation {
  /** Whole ticks by which observed time advances. */
  readonly steps: number;
  /** Elapsed time carried over to the next tick; less than one tick. */
  readonly carryMs: number;
  /** Time in which the server was not listening; 0 unless the tick was more than `PAUSE_MS` late. */
  readonly pausedMs: number;
}

/**
 * Evaluates a tick that came `elapsedMs` after the previous one. Observed time advances in whole ticks, so that deadlines made of
 * whole ticks are met exactly and rounding errors do not accumulate over several misses.
 */
export function observe(elapsedMs: number, carryMs: number, tickMs: number): Observation {
  const late = elapsedMs - tickMs;
  if (late > PAUSE_MS) return { steps: 1, carryMs: 0, pausedMs: late };
  const total = Math.max(0, elapsedMs) + carryMs;
  const steps = Math.min(MAX_STEPS, Math.floor(total / tickMs));
  const restMs = total - steps * tickMs;
  // Time beyond the two steps of a late tick was not spent listening, so it is not carried over.
  return { steps, carryMs: restMs < tickMs ? restMs : 0, pausedMs: 0 };
}

/** Pauses so far, and their total length in milliseconds. */
export interface PauseTotals {
  readonly pauses: number;
  readonly pausedMs: number;
}

export const NO_PAUSES: PauseTotals = { pauses: 0, pausedMs: 0 };

/** Observed time in milliseconds since the keeper started, in whole ticks; and the pauses excluded from it. */
export class ObservedTime {
  readonly tickMs: number;
  nowMs = 0;
  /** Replaced at each pause, so that the sessions that open between two pauses share it. */
  totals = NO_PAUSES;
  longestPauseMs = 0;
  /** Observed time of the last pause, and of the last tick that counted as two; -1 for never. */
  lastPauseMs = -1;
  lastLateTickMs = -1;
  #lastTickMs: number;
  #carryMs = 0;

  /** `monotonicMs` is the monotonic clock's current reading; `tickMs` is the period at which `elapse` will be called. */
  constructor(monotonicMs: number, tickMs: number) {
    this.#lastTickMs = monotonicMs;
    this.tickMs = tickMs;
  }

  get pauses(): number {
    return this.totals.pauses;
  }

  get pausedMs(): number {
    return this.totals.pausedMs;
  }

  /** Records a tick at `monotonicMs`. The caller then advances `nowMs` by calling `step` `steps` times. */
  elapse(monotonicMs: number): Observation {
    const observation = observe(monotonicMs - this.#lastTickMs, this.#carryMs, this.tickMs);
    this.#lastTickMs = monotonicMs;
    this.#carryMs = observation.carryMs;
    if (observation.pausedMs > 0) this.#recordPause(observation.pausedMs);
    if (observation.steps > 1) this.lastLateTickMs = this.nowMs;
    return observation;
  }

  /** Advances observed time by one tick. */
  step(): number {
    this.nowMs += this.tickMs;
    return this.nowMs;
  }

  #recordPause(pausedMs: number): void {
    this.totals = { pauses: this.pauses + 1, pausedMs: this.pausedMs + pausedMs };
    this.lastPauseMs = this.nowMs;
    this.longestPauseMs = Math.max(this.longestPauseMs, pausedMs);
  }
}
