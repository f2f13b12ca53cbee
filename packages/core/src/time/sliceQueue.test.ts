import { expect, it } from "vitest";
import { createVirtualClock } from "../testing/virtualClock.ts";
import { EndingQueue, SLICE_MS } from "../time/slices.ts";

it("SES6 ends added while others are released queue behind them, and one slice runs per turn", () => {
  const clock = createVirtualClock();
  const queue = new EndingQueue(clock);
  const finished: number[] = [];
  const perTurn: number[] = [];
  let next = 0;
  const addMany = () => {
    for (let count = 0; count < 50; count += 1) {
      const number = next++;
      queue.add(() => {
        finished.push(number);
        clock.pause(SLICE_MS / 10);
      });
    }
  };
  let before = 0;
  clock.onInput = () => {
    perTurn.push(finished.length - before);
    before = finished.length;
    if (next < 300) addMany();
  };
  addMany();
  clock.runAfterInput();
  expect(finished).toEqual(Array.from({ length: 300 }, (_, number) => number));
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(16);
  expect(queue.size).toBe(0);
  expect(clock.timers).toBe(0);
});

it("SES6 runs again after it has been empty", () => {
  const clock = createVirtualClock();
  const queue = new EndingQueue(clock);
  let runs = 0;
  for (let round = 1; round <= 3; round += 1) {
    queue.add(() => {
      runs += 1;
    });
    expect(queue.size).toBe(1);
    clock.runAfterInput();
    expect([runs, queue.size]).toEqual([round, 0]);
  }
});
