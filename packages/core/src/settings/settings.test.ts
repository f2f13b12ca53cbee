import { describe, expect, it } from "vitest";
import { settingKeys } from "./fields.ts";
import { presetNames, presetSettings } from "./presets.ts";
import {
  defaultSettings,
  fromWritten,
  resolveSettings,
  type Settings,
  settingsProblems,
  toWritten,
  writtenProblem,
} from "./settings.ts";

const broken = (changes: Partial<Settings>) =>
  settingsProblems({ ...defaultSettings, ...changes }).map(({ key, message }) => `${key} ${message}`);

describe("the rules", () => {
  it.each([
    ["the defaults", {}, []],
    ["a field out of range", { maxSessions: 0 }, ["maxSessions expected a whole number from 1 to 1000000, got 0"]],
    ["a fraction of a count", { maxSessions: 1.5 }, ["maxSessions expected a whole number from 1 to 1000000, got 1.5"]],
    ["no number at all", { sweepIntervalMs: Number.NaN }, ["sweepIntervalMs expected a number from 0.1 to 600 s, got null"]],
    [
      "a pong timeout longer than the interval",
      { heartbeatPongTimeoutMs: 30_001 },
      ["heartbeatPongTimeoutMs must not be longer than websocket.heartbeat_interval (30 s), got 30.001 s"],
    ],
    ["a pong timeout as long as the interval", { heartbeatPongTimeoutMs: 30_000 }, []],
    [
      "a warning as long as the timeout",
      { idleWarningMs: 180_000 },
      ["idleWarningMs must be shorter than system.session_timeout (180 s), got 180 s"],
    ],
    ["soft at hard", { memorySoft: 0.92 }, ["memorySoft must be below memory.hard (0.92), got 0.92"]],
    ["ok at soft", { memoryOk: 0.8 }, ["memoryOk must be below memory.soft (0.8), got 0.8"]],
    [
      "a tick longer than the pong timeout",
      { tickMs: 200, heartbeatPongTimeoutMs: 100 },
      ["tickMs must not be longer than websocket.heartbeat_pong_timeout (100 ms), got 200 ms"],
    ],
    [
      "no message about a field that is compared with one out of range",
      { heartbeatIntervalMs: 1 },
      ["heartbeatIntervalMs expected a number from 0.2 to 3600 s, got 0.001"],
    ],
    [
      "one message for a field that breaks two rules",
      { heartbeatPongTimeoutMs: 9e9 },
      ["heartbeatPongTimeoutMs expected a number from 0.1 to 3600 s, got 9000000"],
    ],
  ] as const)("SET2 %s", (_, changes, problems) => expect(broken(changes)).toEqual(problems));

  it("SET2 a field that is undefined takes its default, like an omitted one", () => {
    expect(resolveSettings({ heartbeatIntervalMs: undefined, maxSessions: 7 })).toEqual({ ...defaultSettings, maxSessions: 7 });
  });

  it.each(presetNames)("SET2 the preset %s obeys them", (name) => {
    expect(settingsProblems(presetSettings(name))).toEqual([]);
    expect(Object.keys(presetSettings(name)).toSorted()).toEqual(settingKeys.toSorted());
  });
});

it.each([
  ["heartbeatIntervalMs", 0.25, 250],
  ["memoryLimitBytes", 512, 536_870_912],
  ["memorySoft", 0.8, 0.8],
  ["maxSessions", 7, 7],
  ["tickMs", 50, 50],
] as const)("SET1 %s written as %s is %s in code", (key, written, value) => {
  expect(fromWritten(key, written)).toBe(value);
  expect(toWritten(key, value)).toBe(written);
});

it.each([
  ["text", "30"],
  ["null", null],
  ["a list", [30]],
  ["a truth value", true],
] as const)("SET1 %s is no number", (_, written) => {
  expect(writtenProblem("heartbeatIntervalMs", written)).toBe(
    `expected a number from 0.2 to 3600 s, got ${JSON.stringify(written)}`,
  );
});
