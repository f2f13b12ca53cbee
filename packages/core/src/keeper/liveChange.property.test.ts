import fc from "fast-check";
import { expect, it } from "vitest";
import { earliestDeadlineMs } from "../rules/timeouts.ts";
import { settingFields, settingKeys } from "../settings/fields.ts";
import { type Settings, settingsProblems } from "../settings/settings.ts";
import { settingValue, validSettings } from "../testing/arbitraries.ts";
import { createTestBench, type TestBench } from "../testing/bench.ts";
import { holdsAsync } from "../testing/property.ts";
import { settle } from "../testing/virtualClock.ts";
import type { Session } from "./types.ts";

const TICK_MS = 100;
const liveKeys = settingKeys.filter((key) => settingFields[key].live);

/** Either all settings at once, or a single one where the rules allow it. */
const change: fc.Arbitrary<Partial<Settings>> = fc.oneof(
  validSettings(),
  fc.constantFrom(...liveKeys).chain((key) => settingValue(key).map((value) => ({ [key]: value }))),
);

const step = fc.record({ change, afterMs: fc.nat(40_000), pauseMs: fc.constantFrom(0, 0, 0, 3_000) });

/** A keeper that holds a session in every state: new, suspect, warned, busy, suspended, ending, and connections before hello. */
async function withEveryState() {
  const bench = createTestBench({
    settings: { maxSessions: 100, resumeGraceMs: 600_000, sessionTimeoutMs: 120_000, idleWarningMs: 60_000 },
  });
  const { waitWhile, clock, join, connect } = bench;
  const suspect = await join({ mute: true });
  const warned = await join();
  const busy = await join();
  busy.session.busy("generating");
  const suspended = await join();
  suspended.connection.closed(1006, "");
  await waitWhile(() => suspect.session.snapshot().misses === 0);
  await clock.advanceAsync(25_000, 1_000);
  const ending = await join();
  ending.session.own("slow", { [Symbol.asyncDispose]: () => new Promise<void>(() => {}) });
  void ending.session.end();
  const fresh = await join();
  connect();
  expect(bench.recordOf(warned.session).idleWarnedMs).toBeGreaterThan(0);
  return { ...bench, sessions: [suspect, warned, busy, suspended, ending, fresh].map(({ session }) => session) };
}

/** No deadline may lie before the time for which the wheel is armed, or it would be missed. */
function expectArmed({ engine, keeper }: TestBench, sessions: readonly Session[]): void {
  for (const session of sessions) {
    const record = engine.registry.get(session.id);
    if (record === undefined || record.state.name === "ending") continue;
    const dueMs = earliestDeadlineMs(record, keeper.settings);
    if (dueMs !== Number.POSITIVE_INFINITY) expect(record.wheelDueMs).toBeGreaterThanOrEqual(0);
    expect(record.wheelDueMs).toBeLessThanOrEqual(dueMs);
  }
}

it("HB6 SET2 any live setting can change at any moment, with sessions in every state, and no deadline is lost", async () => {
  await holdsAsync(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const bench = await withEveryState();
      const { clock, keeper, ledger, logged, sessions, engine } = bench;
      for (const [index, { change: to, afterMs, pauseMs }] of steps.entries()) {
        await clock.advanceAsync(afterMs, 5_000);
        clock.pause(pauseMs);
        const next = { ...keeper.settings, ...to, tickMs: TICK_MS };
        if (settingsProblems(next).length > 0) continue;
        const before = sessions.map(({ state }) => state);
        keeper.applySettings(next, { revision: index + 1, author: "grace" });
        // The change itself ends no session; whatever it makes due is handled with the next tick.
        expect(sessions.map(({ state }) => state)).toEqual(before);
        expectArmed(bench, sessions);
      }
      await clock.advanceAsync(30_000, 5_000);
      await Promise.all([keeper.close(), clock.advanceAsync(6_000)]);
      await settle();
      expect(logged.filter((line) => line.includes("that was not acted on"))).toEqual([]);
      expect(ledger.entries().filter(({ ended }) => ended === null)).toEqual([]);
      expect({ timers: clock.timers, armed: engine.wheel.size }).toEqual({ timers: 0, armed: 0 });
    }),
    40,
  );
}, 30_000);
