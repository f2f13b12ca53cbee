import { expect, it } from "vitest";
import { createVirtualClock } from "../testing/virtualClock.ts";
import { inSlices, SLICE_MS } from "./slices.ts";

const items = Array.from({ length: 100 }, (_, item) => item);

it("TO4 short work is done at once, in one slice", () => {
  const clock = createVirtualClock();
  const done: number[] = [];
  inSlices(clock, items, (item) => done.push(item));
  expect(done).toEqual(items);
  expect(clock.timers).toBe(0);
});

it("TO4 long work continues in further slices after pending input is read, and every item is processed once", () => {
  const clock = createVirtualClock();
  const done: (number | "input")[] = [];
  clock.onInput = () => void done.push("input");
  inSlices(clock, items, (item) => {
    done.push(item);
    clock.pause(SLICE_MS / 15);
  });
  expect(done).toEqual(items.slice(0, 16));
  clock.runAfterInput();
  expect(done.filter((entry) => entry !== "input")).toEqual(items);
  expect(done.filter((entry) => entry === "input")).toHaveLength(6);
  expect(clock.timers).toBe(0);
});

it("SES7 disposing skips the remaining items and leaves no timer", () => {
  const clock = createVirtualClock();
  let done = 0;
  const stop = inSlices(clock, items, () => {
    done += 1;
    clock.pause(1);
  });
  stop();
  stop();
  clock.runAfterInput();
  expect(done).toBe(16);
  expect(clock.timers).toBe(0);
});
