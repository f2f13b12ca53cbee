import { expect, test } from "vitest";
import { coarse, countdown, roundTripText } from "./format.ts";

test.each([
  [0, "0 s", "0 s"],
  [1, "0 s", "1 s"],
  [59_001, "59 s", "1 min"],
  [90_000, "1 min 30 s", "1 min 30 s"],
  [3_600_000, "1 h", "1 h"],
  [93_600_000, "1 d 2 h", "1 d 2 h"],
  [-5, "0 s", "0 s"],
])("%d ms is %s elapsed, or %s left", (ms, age, left) => {
  expect([coarse(ms), countdown(ms)]).toEqual([age, left]);
});

test("a round trip has a decimal only where it is significant", () => {
  expect([roundTripText(0.44), roundTripText(9.96), roundTripText(38.4)]).toEqual(["0.4 ms", "10.0 ms", "38 ms"]);
});
