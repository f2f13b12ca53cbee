/** Observed time against the simulation's own account of how long the server stood still. */
import type { Violation, World } from "./world.ts";

/** What is wrong with observed time; `null` when it is right. */
export function timeFault({ engine, clock, counts, plan, pausedMs }: World): Violation | null {
  const { nowMs, pauses } = engine.observed;
  if (pauses !== counts.pauses) return { rule: "TIM2", what: `${counts.pauses} pauses were counted as ${pauses}` };
  // A pause is one tick at most, and so takes up to a tick less than it lasted out of observed time.
  const mostMs = clock.monotonicMs() - pausedMs + pauses * plan.tickMs;
  if (nowMs > mostMs) return { rule: "TIM1", what: `observed time is ${nowMs} ms, at most ${mostMs} were heard` };
  const lostByLatenessMs = counts.lateTicks * 1_000;
  const leastMs = mostMs - (2 * pauses + 1) * plan.tickMs - lostByLatenessMs;
  return nowMs < leastMs ? { rule: "TIM1", what: `observed time is ${nowMs} ms, at least ${leastMs} were heard` } : null;
}
