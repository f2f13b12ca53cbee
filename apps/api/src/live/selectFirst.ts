/** Selects the first few items in order without sorting the rest. */
import { firstAfter } from "./slicedSort.ts";
import type { SlicedWork } from "./timeSlices.ts";

const STEP = 512;

export interface Selection {
  /** At least 1. */
  readonly count: number;
  readonly compare: (a: number, b: number) => number;
}

export function* selectFirst(items: Iterable<number>, { count, compare }: Selection): SlicedWork<number[]> {
  const first: number[] = [];
  let seen = 0;
  for (const item of items) {
    seen += 1;
    if (seen % STEP === 0) yield;
    if (first.length === count) {
      if (compare(item, first[count - 1] as number) >= 0) continue;
      first.pop();
    }
    first.splice(firstAfter(first, item, { from: 0, compare }), 0, item);
  }
  return first;
}
