import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { atTurnEnd } from "./turnEnd.ts";

test("SOC6 however many sockets there are to write, each turn writes for a few milliseconds, and none is forgotten", async () => {
  const flushed: number[] = [];
  let nowMs = 0;
  using _ = vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  for (let at = 0; at < 200; at += 1) {
    atTurnEnd({
      turnEnded() {
        flushed.push(at);
        nowMs += 1;
      },
    });
  }
  let turns = 0;
  while (flushed.length < 200) {
    await nextTurn();
    turns += 1;
  }
  expect(flushed).toEqual(Array.from({ length: 200 }, (_, at) => at));
  expect(turns).toBeGreaterThan(3);
});
