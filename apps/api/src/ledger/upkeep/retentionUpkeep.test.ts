import type { ServerEvent } from "@lastbeat/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RetentionState } from "../../contract/views.ts";
import { DAY_MS } from "../durations.ts";
import { directWriter } from "../testing/directWriter.ts";
import { scratch } from "../testing/scratchStore.ts";
import { startRetention } from "./retentionUpkeep.ts";

const START_MS = 1_700_000_000_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("LED8 a look at the clock that cannot be written counts all the same, and harms nobody", async () => {
  await using place = scratch();
  using writer = await directWriter(place.file);
  const said: string[] = [];
  let state: RetentionState | undefined;
  const upkeep = startRetention(writer.database, START_MS, {
    days: 90,
    webhooks: [],
    wallMs: () => START_MS + 100 * DAY_MS + performance.now(),
    note: (event: ServerEvent) => {
      throw new Error(`no room for ${event.type}`);
    },
    say: (message) => {
      if (message.type === "log") said.push(message.message);
      if (message.type === "retention") state = message.state;
    },
  });
  vi.advanceTimersByTime(100);
  expect(state?.jump).toMatchObject({ needsLook: true });
  expect(() => upkeep.looked("Olga")).not.toThrow();
  expect(state?.jump).toMatchObject({ needsLook: false });
  expect(said.filter((line) => line.includes("no room for"))).toEqual([
    "the event clock_jumped could not be recorded: no room for clock_jumped",
    "the event clock_looked_at could not be recorded: no room for clock_looked_at",
  ]);
  upkeep.stop();
});
