import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WriteGroup } from "../workerMessages.ts";
import { type Write, WriteQueue } from "./writeQueue.ts";

const write = (record: string): Write => ({ kind: "opened", record, settled() {}, refused() {} });

function queueWithGroups() {
  const groups: WriteGroup[] = [];
  return { groups, queue: new WriteQueue({ limit: 1_000, send: (group) => groups.push(group) }) };
}

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "performance"] }));
afterEach(() => vi.useRealTimers());

test("a write after a quiet time is sent with this turn, and those that follow within milliseconds together", () => {
  const { groups, queue } = queueWithGroups();
  queue.add(write("first"));
  vi.advanceTimersByTime(0);
  expect(groups).toHaveLength(1);
  queue.committed([]);
  for (const record of ["second", "third"]) {
    queue.add(write(record));
    vi.advanceTimersByTime(0);
  }
  expect(groups).toHaveLength(1);
  vi.advanceTimersByTime(2);
  expect(groups.map(({ ops }) => ops.length)).toEqual([1, 2]);
});

test("many writes do not wait to be gathered", () => {
  const { groups, queue } = queueWithGroups();
  queue.add(write("first"));
  vi.advanceTimersByTime(0);
  for (let at = 0; at < 100; at += 1) queue.add(write(`later ${at}`));
  queue.committed([]);
  vi.advanceTimersByTime(0);
  expect(groups.map(({ ops }) => ops.length)).toEqual([1, 100]);
});
