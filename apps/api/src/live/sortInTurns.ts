/** Sorting that can stop between any few hundred comparisons. */
import type { Work } from "./turns.ts";

const RUN = 256;

type Compare = (a: number, b: number) => number;

/** Merge sort over short sorted runs. Stable. */
export function* sortInTurns(items: readonly number[], compare: Compare): Work<number[]> {
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

function* merge(a: number[], b: number[], compare: Compare): Work<number[]> {
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

/** Puts sorted `added` into sorted `kept`: a search for each, so that a few among many cost little. */
export function* insertSorted(kept: readonly number[], added: readonly number[], compare: Compare): Work<number[]> {
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

/** The first place from `from` on whose item comes after `item`. */
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
