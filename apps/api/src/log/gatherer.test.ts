import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GATHER_MS, Gatherer } from "./gatherer.ts";
import type { Sink } from "./sink.ts";

let pieces: [text: string, lines: number][];
let finished: string[];
const sink: Sink = {
  write: (piece, lines) => void pieces.push([piece.toString(), lines]),
  flush: () => Promise.resolve(),
  finish: (last) => void finished.push(last.toString()),
};

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  pieces = [];
  finished = [];
});
afterEach(() => void vi.useRealTimers());

test("OPS4 a line after a quiet time goes at once, and those that follow go together", () => {
  const gatherer = new Gatherer([sink]);
  for (const line of ["a\n", "b\n", "ü\n"]) gatherer.add(line, Date.now());
  expect(pieces).toEqual([["a\n", 1]]);
  vi.advanceTimersByTime(GATHER_MS);
  expect(pieces).toEqual([
    ["a\n", 1],
    ["b\nü\n", 2],
  ]);
  vi.advanceTimersByTime(GATHER_MS);
  gatherer.add("c\n", Date.now());
  expect(pieces.at(-1)).toEqual(["c\n", 1]);
  expect(vi.getTimerCount()).toBe(0);
});

test("OPS4 while the event loop is busy no line waits longer either", () => {
  const gatherer = new Gatherer([sink]);
  for (let atMs = 1_000_000; atMs < 1_000_000 + 4 * GATHER_MS; atMs += 1) gatherer.add("x\n", atMs);
  expect(pieces.map(([, lines]) => lines)).toEqual([1, GATHER_MS, GATHER_MS, GATHER_MS]);
});

test("a wall clock that is put back holds nothing up", () => {
  const gatherer = new Gatherer([sink]);
  gatherer.add("a\n", 1_000_000);
  gatherer.add("b\n", 400_000);
  expect(pieces).toHaveLength(2);
});

test("OPS4 much text goes without waiting, and sinks share each piece", () => {
  const shared: Buffer[] = [];
  const other: Sink = { ...sink, write: (piece) => void shared.push(piece) };
  const gatherer = new Gatherer([other, other]);
  const line = `${"x".repeat(999)}\n`;
  for (let at = 0; at < 100; at += 1) gatherer.add(line, 1_000_000);
  expect(shared.map(({ length }) => length / 1_000)).toEqual([1, 1, 50, 50]);
  expect(shared[0]).toBe(shared[1]);
});

test("at the end it gives the sinks what is left", () => {
  const gatherer = new Gatherer([sink]);
  for (const line of ["a\n", "b\n"]) gatherer.add(line, Date.now());
  gatherer.finish(0);
  expect([pieces, finished]).toEqual([[["a\n", 1]], ["b\n"]]);
});
