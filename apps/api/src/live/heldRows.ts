/** Rows held in place whatever happens to their sessions, so that nothing moves under the pointer. */
import type { SessionTable } from "./sessionTable.ts";
import type { SlicedWork } from "./timeSlices.ts";

/** The sessions at each place. The generation reveals whether a slot has since been reused. */
export interface HeldRows {
  readonly slots: Uint32Array;
  readonly generations: Uint32Array;
}

export interface ShownRows {
  readonly offset: number;
  readonly slots: readonly number[];
  readonly generations: readonly number[];
}

/** Holds all rows in their current order, but keeps the rows a page shows where it shows them. */
export function holdRows(all: readonly number[], shown: ShownRows | null, table: SessionTable): HeldRows {
  const generationOf = (slot: number) => table.generations[slot] ?? 0;
  if (shown === null) return { slots: Uint32Array.from(all), generations: Uint32Array.from(all, generationOf) };
  const shownSlots = new Set(shown.slots);
  const others = all.filter((slot) => !shownSlots.has(slot));
  const before = others.slice(0, shown.offset);
  const after = others.slice(shown.offset);
  return {
    slots: Uint32Array.from([...before, ...shown.slots, ...after]),
    generations: Uint32Array.from([...before.map(generationOf), ...shown.generations, ...after.map(generationOf)]),
  };
}

export const isThere = ({ slots, generations }: HeldRows, at: number, table: SessionTable): boolean =>
  table.generations[slots[at] ?? 0] === generations[at];

/** Counts the held sessions that are still live and match the filter. */
export function* countStaying(held: HeldRows, table: SessionTable, belongs: (slot: number) => boolean): SlicedWork<number> {
  let staying = 0;
  for (let at = 0; at < held.slots.length; at += 1) {
    if (isThere(held, at, table) && belongs(held.slots[at] as number)) staying += 1;
    if (at % 512 === 0) yield;
  }
  return staying;
}

/** The number of items outside a longest increasing subsequence: those that must move to make the rest ascending. */
export function misplaced(places: readonly number[]): number {
  /** Index n: the smallest last value of an increasing subsequence of length n + 1. */
  const lasts: number[] = [];
  for (const place of places) {
    const at = lasts.findIndex((last) => last >= place);
    lasts[at < 0 ? lasts.length : at] = place;
  }
  return places.length - lasts.length;
}
