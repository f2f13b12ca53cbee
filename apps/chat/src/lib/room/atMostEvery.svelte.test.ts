import { expect, test } from "vitest";
import { atMostEvery } from "./atMostEvery.ts";

test("TO1 a person who scrolls through old messages is told of now and then, not at each turn of the wheel", () => {
  let nowMs = 0;
  let told = 0;
  const read = atMostEvery(
    30_000,
    () => nowMs,
    () => {
      told += 1;
    },
  );
  for (; nowMs < 120_000; nowMs += 100) read();
  expect(told).toBe(4);
});
