/** Checks observed time against the simulation's record of server pauses. */
import type { Violation, World } from "./world.ts";

/** What is wrong with observed time; `null` when it is correct. */
export function timeFault({ engine, clock, counts, plan, pausedMs }: World): Violation | null {
  const { nowMs, pauses } = engine.observed;
  if (pauses !== counts.pauses) return { rule: "TIM2", what: `${counts.pauses} pauses were counted as ${pauses}` };
  // A pause counts as one tick at most, so it removes up to a tick less from observed time than it lasted.
  const mostMs = clock.monotonicMs() - pausedMs + pauses * plan.tickMs;
  if (nowMs > mostMs) return { rule: "TIM1", what: `observed time is ${nowMs} ms, at most ${mostMs} expected` };
  const lostByLatenessMs = counts.lateTicks * 1_000;
  const leastMs = mostMs - (2 * pauses + 1) * plan.tickMs - lostByLatenessMs;
  return nowMs < leastMs ? { rule: "TIM1", what: `observed time is ${nowMs} ms, at least ${leastMs} expected` } : null;
}
