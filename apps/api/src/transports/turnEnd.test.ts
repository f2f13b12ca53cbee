import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
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

test("SOC6 sockets that were written are let go, even while others keep coming faster than they can be written", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let nowMs = 0;
  using _ = vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  let isOver = false;
  /** Another of its kind comes in the turn after it was written: there are always some that wait. */
  const come = () => {
    const socket = {
      turnEnded() {
        nowMs += 1;
        if (!isOver) setImmediate(come);
      },
    };
    atTurnEnd(socket);
    return socket;
  };
  const first = new WeakRef(come());
  for (let at = 0; at < 100; at += 1) come();
  for (let turn = 0; turn < 50; turn += 1) await nextTurn();
  collect();
  expect(first.deref()).toBeUndefined();
  isOver = true;
});
