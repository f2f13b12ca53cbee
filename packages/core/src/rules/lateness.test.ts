import { expect, it } from "vitest";
import type { LateCause } from "../ports/ledger.ts";
import { type Delays, lateCause, NEVER_MS } from "./lateness.ts";

const never: Delays = {
  pauseMs: NEVER_MS,
  settingsMs: NEVER_MS,
  lateTickMs: NEVER_MS,
  pausesAddMs: 40_200,
  longestBoundMs: 90_100,
  lateTicksAddMs: 400,
};

it.each<[what: string, detectionMs: number, boundMs: number | null, delays: Partial<Delays>, cause: LateCause | null]>([
  ["within the bound", 90_000, 90_100, {}, null],
  ["exactly at the bound", 90_100, 90_100, { pauseMs: 200_000 }, null],
  ["without a bound", 500_000, null, {}, null],
  ["late for no reason", 90_200, 90_100, {}, "unknown"],
  ["late after a pause", 90_200, 90_100, { pauseMs: 150_000 }, "pause"],
  ["late with a pause at the very moment of the cause", 90_200, 90_100, { pauseMs: 109_800 }, "pause"],
  ["late with a pause that was over before the cause", 90_200, 90_100, { pauseMs: 109_700 }, "unknown"],
  ["late after a change of settings", 90_200, 90_100, { settingsMs: 150_000 }, "settings"],
  ["late after both", 90_200, 90_100, { settingsMs: 150_000, pauseMs: 120_000 }, "pause"],
  ["late after a tick that counted as two", 90_200, 90_100, { lateTickMs: 150_000 }, "late_tick"],
  ["later than all pauses together explain", 90_100 + 40_300, 90_100, { pauseMs: 150_000 }, "unknown"],
  ["as late as all pauses and late ticks explain", 90_100 + 40_600, 90_100, { pauseMs: 150_000, lateTickMs: 150_000 }, "pause"],
  ["long after an unrelated change of settings", 150_000, 90_100, { settingsMs: 100_000 }, "unknown"],
  ["within the older, longer bound after a change", 150_000, 50_000, { settingsMs: 110_000 }, "settings"],
  ["later than late ticks explain", 90_600, 90_100, { lateTickMs: 150_000 }, "unknown"],
])("LED7 an end detected %s records why", (_, detectionMs, boundMs, delays, cause) => {
  expect(lateCause({ detectedMs: 200_000, detectionMs, boundMs }, { ...never, ...delays })).toBe(cause);
});
