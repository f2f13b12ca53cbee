import fc from "fast-check";
import { expect, it } from "vitest";
import { endReasonNames } from "../protocol/endReason.ts";
import { heartbeatSettings, validSettings } from "../testing/arbitraries.ts";
import { holds } from "../testing/property.ts";
import {
  boundForReason,
  heartbeatBoundMs,
  heartbeatSoonestMs,
  heartbeatTerms,
  idleBoundMs,
  idleTerms,
  wholeTicks,
} from "./bounds.ts";
import type { SettingKey } from "./fields.ts";
import { defaultSettings, type Settings } from "./settings.ts";

/** The worst case by brute force: the last sign of life comes right after a beat was sent, on every tick grid. */
function worstSilenceMs({ heartbeatIntervalMs, heartbeatPongTimeoutMs, heartbeatMaxFailures, tickMs }: Settings): number {
  const next = (dueMs: number) => Math.ceil(dueMs / tickMs) * tickMs;
  let worstMs = 0;
  // The offset of the last sign of life within a tick; it counts from the previous tick.
  for (const share of [0, 0.25, 0.5, 0.999]) {
    const seenMs = -share * tickMs;
    let atMs = next(heartbeatIntervalMs);
    for (let miss = 0; miss < heartbeatMaxFailures; miss += 1) atMs = next(atMs + heartbeatPongTimeoutMs);
    worstMs = Math.max(worstMs, atMs - seenMs);
  }
  return worstMs;
}

const settings = heartbeatSettings({ maxIntervalMs: 3_600_000, maxFailures: 20 });

it("HB5 the worst case does not exceed the bound, and misses it by less than a tick", () => {
  holds(
    fc.property(settings, (chosen) => {
      const worstMs = worstSilenceMs(chosen);
      expect(worstMs).toBeLessThanOrEqual(heartbeatBoundMs(chosen));
      expect(heartbeatBoundMs(chosen) - worstMs).toBeLessThan(chosen.tickMs);
      expect(heartbeatSoonestMs(chosen)).toBeLessThan(heartbeatBoundMs(chosen));
    }),
    500,
  );
});

it("HB5 the bound grows with each setting it depends on, and with no other", () => {
  const grows = ["heartbeatIntervalMs", "heartbeatPongTimeoutMs", "heartbeatMaxFailures"] as const;
  holds(
    fc.property(settings, fc.constantFrom(...grows), fc.integer({ min: 1, max: 100_000 }), (chosen, key, more) => {
      expect(heartbeatBoundMs({ ...chosen, [key]: chosen[key] + more })).toBeGreaterThanOrEqual(heartbeatBoundMs(chosen));
      expect(heartbeatBoundMs({ ...chosen, [key]: chosen[key] + chosen.tickMs })).toBeGreaterThan(heartbeatBoundMs(chosen));
      const others: Partial<Settings> = { sessionTimeoutMs: more, sweepIntervalMs: more, maxSessions: more, resumeGraceMs: more };
      expect(heartbeatBoundMs({ ...chosen, ...others })).toBe(heartbeatBoundMs(chosen));
    }),
  );
});

it("TO2 TO4 the bounds of timeouts grow with their limit, the sweep and the tick", () => {
  const grows = ["sessionTimeoutMs", "sweepIntervalMs", "tickMs"] as const satisfies SettingKey[];
  holds(
    fc.property(validSettings(), fc.constantFrom(...grows), fc.integer({ min: 1, max: 100_000 }), (chosen, key, more) => {
      expect(idleBoundMs({ ...chosen, [key]: chosen[key] + more })).toBe(idleBoundMs(chosen) + more);
      expect(idleBoundMs(chosen)).toBeGreaterThan(chosen.sessionTimeoutMs);
    }),
  );
});

it("LED7 every reason has a positive bound or none, whatever the settings", () => {
  holds(
    fc.property(validSettings(), fc.constantFrom(...endReasonNames), (chosen, reason) => {
      const boundMs = boundForReason(reason, chosen);
      if (boundMs !== null) expect(boundMs).toBeGreaterThan(0);
    }),
  );
});

it("HB7 the client is told the same bound by which the server judges", () => {
  holds(
    fc.property(validSettings(), (chosen) => {
      expect(heartbeatTerms(chosen)).toEqual({
        intervalMs: chosen.heartbeatIntervalMs,
        pongTimeoutMs: chosen.heartbeatPongTimeoutMs,
        maxFailures: chosen.heartbeatMaxFailures,
        boundMs: heartbeatBoundMs(chosen),
      });
      expect(idleTerms(chosen)).toEqual({ timeoutMs: chosen.sessionTimeoutMs, warningMs: chosen.idleWarningMs });
    }),
    50,
  );
});

it.each([
  ["unreachable", 90_100],
  ["unresponsive", 90_100],
  ["client_left", 1_000],
  ["connection_lost", 1_000],
  ["slow_consumer", 1_000],
  ["idle", 185_100],
  ["hello_timeout", 15_100],
  ["lifetime_reached", 5_100],
  ["overdue", 95_600],
  ["memory_pressure", 2_100],
  ["ended_by_operator", null],
  ["server_shutdown", null],
  ["server_crashed", null],
] as const)("LED7 with the defaults the bound for %s is %s ms", (reason, boundMs) => {
  expect(boundForReason(reason, defaultSettings)).toBe(boundMs);
});

it("HB5 a duration between two ticks is rounded up to the later one", () => {
  const odd = { ...defaultSettings, heartbeatIntervalMs: 250, heartbeatPongTimeoutMs: 150, heartbeatMaxFailures: 2 };
  expect(heartbeatBoundMs(odd)).toBe(wholeTicks(250, 100) + 2 * 200 + 100);
  expect(heartbeatSoonestMs(odd)).toBe(400);
});
