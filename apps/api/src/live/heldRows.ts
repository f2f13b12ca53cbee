/** Rows that keep their places whatever happens to their sessions, so that nothing moves under a pointer. */
import type { SessionTable } from "./sessionTable.ts";
import type { Work } from "./turns.ts";

/** Which sessions stood where. A slot that was given to another session since is told by its generation. */
export interface HeldRows {
  readonly slots: Uint32Array;
  readonly generations: Uint32Array;
}

export interface ShownRows {
  readonly offset: number;
  readonly slots: readonly number[];
  readonly generations: readonly number[];
}

/** Holds all rows as they stand now, except that those a page shows stay where it shows them. */
export function holdRows(all: readonly number[], shown: ShownRows | null, table: SessionTable): HeldRows {
  const generationOf = (slot: number) => table.generations[slot] ?? 0;
  if (shown === null) return { slots: Uint32Array.from(all), generations: Uint32Array.from(all, generationOf) };
  const stays = new Set(shown.slots);
  const others = all.filter((slot) => !stays.has(slot));
  const before = others.slice(0, shown.offset);
  const after = others.slice(shown.offset);
  return {
    slots: Uint32Array.from([...before, ...shown.slots, ...after]),
    generations: Uint32Array.from([...before.map(generationOf), ...shown.generations, ...after.map(generationOf)]),
  };
}

export const isThere = ({ slots, generations }: HeldRows, at: number, table: SessionTable): boolean =>
  table.generations[slots[at] ?? 0] === generations[at];

/** How many of the held sessions still belong to the table that a filter leaves. */
export function* countStaying(held: HeldRows, table: SessionTable, belongs: (slot: number) => boolean): Work<number> {
  let staying = 0;
  for (let at = 0; at < held.slots.length; at += 1) {
    if (isThere(held, at, table) && belongs(held.slots[at] as number)) staying += 1;
    if (at % 512 === 0) yield;
  }
  return staying;
}

/** How many of these must move for the rest to be in ascending order: all but the longest run of them that rises. */
export function misplaced(places: readonly number[]): number {
  /** The smallest last place of a rising run, by the run's length less one. */
  const lasts: number[] = [];
  for (const place of places) {
    const at = lasts.findIndex((last) => last >= place);
    lasts[at < 0 ? lasts.length : at] = place;
  }
  return places.length - lasts.length;
}
