import { expect, it } from "vitest";
import { type LateCause, lateCause, NEVER_MS, type Prolongings } from "./lateness.ts";

const never: Prolongings = { pauseMs: NEVER_MS, settingsMs: NEVER_MS, lateTickMs: NEVER_MS };

it.each<[what: string, detectionMs: number, boundMs: number | null, prolongings: Partial<Prolongings>, cause: LateCause | null]>([
  ["within the bound", 90_000, 90_100, {}, null],
  ["exactly at the bound", 90_100, 90_100, { pauseMs: 200_000 }, null],
  ["without a bound", 500_000, null, {}, null],
  ["late for no reason", 90_200, 90_100, {}, "unknown"],
  ["late after a pause", 90_200, 90_100, { pauseMs: 150_000 }, "pause"],
  ["late with a pause at the very moment of the cause", 90_200, 90_100, { pauseMs: 109_800 }, "pause"],
  ["late with a pause that was over before the cause", 90_200, 90_100, { pauseMs: 109_700 }, "unknown"],
  ["late after a change of settings", 90_200, 90_100, { settingsMs: 150_000 }, "settings"],
  ["late after both", 90_200, 90_100, { settingsMs: 150_000, pauseMs: 120_000 }, "pause"],
  ["late after a tick that made up for two", 90_200, 90_100, { lateTickMs: 150_000 }, "late_tick"],
])("LED7 an end found %s says why", (_, detectionMs, boundMs, prolongings, cause) => {
  expect(lateCause({ detectedMs: 200_000, detectionMs, boundMs }, { ...never, ...prolongings })).toBe(cause);
});
