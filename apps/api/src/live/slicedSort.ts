/** Merge sort that yields every few hundred comparisons. */
import type { SlicedWork } from "./timeSlices.ts";

const RUN = 256;

type Compare = (a: number, b: number) => number;

/** Sorts short runs, then merges them. Stable. */
export function* slicedSort(items: readonly number[], compare: Compare): SlicedWork<number[]> {
  let runs: number[][] = [];
  for (let at = 0; at < items.length; at += RUN) {
    runs.push(items.slice(at, at + RUN).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: number[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(yield* merge(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge(a: number[], b: number[], compare: Compare): SlicedWork<number[]> {
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i] as number, b[j] as number];
    if (compare(left, right) <= 0) {
      merged.push(left);
      i += 1;
    } else {
      merged.push(right);
      j += 1;
    }
    if (merged.length % RUN === 0) yield;
  }
  for (; i < a.length; i += 1) merged.push(a[i] as number);
  for (; j < b.length; j += 1) merged.push(b[j] as number);
  return merged;
}

/** Merges sorted `added` into sorted `kept`, with a binary search per added item, so that a few among many are cheap. */
export function* insertSorted(kept: readonly number[], added: readonly number[], compare: Compare): SlicedWork<number[]> {
  const merged: number[] = [];
  let from = 0;
  for (let at = 0; at < added.length; at += 1) {
    const item = added[at] as number;
    const to = firstAfter(kept, item, { from, compare });
    for (; from < to; from += 1) {
      merged.push(kept[from] as number);
      if (from % 4_096 === 0) yield;
    }
    merged.push(item);
    if (at % RUN === 0) yield;
  }
  for (; from < kept.length; from += 1) {
    merged.push(kept[from] as number);
    if (from % 4_096 === 0) yield;
  }
  return merged;
}

/** The first index from `from` on whose item sorts after `item`. */
export function firstAfter(kept: readonly number[], item: number, { from, compare }: { from: number; compare: Compare }): number {
  let low = from;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(kept[middle] as number, item) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
