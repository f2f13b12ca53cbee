import fc from "fast-check";
import { expect, it } from "vitest";
import { wholeTicks } from "../settings/bounds.ts";
import { between, unit } from "../testing/arbitraries.ts";
import { createTestBench } from "../testing/bench.ts";
import { holds, holdsAsync } from "../testing/property.ts";
import { MAX_STEPS, ObservedTime, observe, PAUSE_MS } from "./observedTime.ts";

const tickMs = fc.integer({ min: 10, max: 1_000 });
/** Mostly about one tick, occasionally a stall or a suspended machine. */
const elapsed = fc.oneof({ weight: 6, arbitrary: between(0, 2_500) }, { weight: 1, arbitrary: between(0, 86_400_000) });

it("TIM1 a tick advances observed time by whole ticks, at most two, and carries over less than one", () => {
  holds(
    fc.property(tickMs, unit(), elapsed, (tick, share, elapsedMs) => {
      const carried = share * tick;
      const { steps, carryMs, pausedMs } = observe(elapsedMs, carried, tick);
      expect(Number.isInteger(steps)).toBe(true);
      expect(steps).toBeGreaterThanOrEqual(0);
      expect(steps).toBeLessThanOrEqual(MAX_STEPS);
      expect(carryMs).toBeGreaterThanOrEqual(0);
      expect(carryMs).toBeLessThan(tick);
      expect(pausedMs > 0).toBe(elapsedMs - tick > PAUSE_MS);
      if (pausedMs === 0) expect(steps * tick + carryMs).toBeLessThanOrEqual(elapsedMs + carried + 1e-6);
    }),
    500,
  );
});

it("TIM1 observed time is monotonic, never ahead of real time, and follows it when no tick is late", () => {
  holds(
    fc.property(tickMs, fc.array(elapsed, { maxLength: 60 }), (tick, gaps) => {
      const observed = new ObservedTime(5_000, tick);
      let monoMs = 5_000;
      let late = false;
      for (const gap of gaps) {
        monoMs += gap;
        late ||= gap > 2 * tick;
        const before = observed.nowMs;
        const { steps } = observed.elapse(monoMs);
        for (let step = 0; step < steps; step += 1) observed.step();
        expect(observed.nowMs - before).toBe(steps * tick);
        if (observed.pauses === 0) expect(observed.nowMs).toBeLessThanOrEqual(monoMs - 5_000 + 1e-6);
        if (!late) expect(monoMs - 5_000 - observed.nowMs).toBeLessThan(2 * tick);
      }
      expect(observed.nowMs % tick).toBe(0);
    }),
  );
});

it("TIM2 counts pauses and their length, which is the part of each gap beyond a tick", () => {
  holds(
    fc.property(tickMs, fc.array(elapsed, { maxLength: 60 }), (tick, gaps) => {
      const observed = new ObservedTime(0, tick);
      let monoMs = 0;
      // Computed in the same order as the implementation, so that rounding is the same.
      const pauses = gaps.map((gap) => {
        const before = monoMs;
        monoMs += gap;
        observed.elapse(monoMs);
        return monoMs - before - tick;
      });
      const counted = pauses.filter((ms) => ms > PAUSE_MS);
      expect(observed.pauses).toBe(counted.length);
      expect(observed.pausedMs).toBeCloseTo(counted.reduce((sum, ms) => sum + ms, 0));
      expect(observed.longestPauseMs).toBe(Math.max(0, ...counted));
    }),
  );
});

it("TIM4 the wall clock affects neither observed time nor any deadline", () => {
  const jumps = fc.array(fc.record({ afterMs: fc.nat(3_000), byMs: fc.integer({ min: -1e9, max: 1e9 }) }), { maxLength: 12 });
  const explained = async (list: readonly { afterMs: number; byMs: number }[], jumping: boolean) => {
    const { clock, join, keeper, engine } = createTestBench();
    const { session } = await join();
    for (const { afterMs, byMs } of list) {
      clock.advance(afterMs);
      if (jumping) clock.jumpWall(byMs);
    }
    return { nowMs: engine.observed.nowMs, deadlines: keeper.explain(session.id) };
  };
  return holdsAsync(
    fc.asyncProperty(jumps, async (list) => {
      expect(await explained(list, true)).toEqual(await explained(list, false));
    }),
    30,
  );
});

it("TIM1 a duration is rounded up to whole ticks, at least one", () => {
  holds(
    fc.property(tickMs, between(0, 1e7), (tick, durationMs) => {
      const rounded = wholeTicks(durationMs, tick);
      expect(rounded % tick).toBe(0);
      expect(rounded).toBeGreaterThanOrEqual(Math.max(durationMs, tick));
      expect(rounded - durationMs).toBeLessThanOrEqual(tick);
    }),
  );
});
