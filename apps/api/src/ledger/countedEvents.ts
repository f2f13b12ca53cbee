/** Sums of a session's events that are no longer told one by one: in the ledger (`counted`), or in an answer (`folded`). Pure. */
import type { CountedEvents } from "../contract/timeline.ts";

/** Type of the row that stands for the events between a session's first and latest (rule LED9). */
export const COUNTED = "counted";

export interface EventCount {
  readonly type: string;
  readonly count: number;
  readonly untilMs: number;
}

/** Adds up events by kind, the most frequent first. `earlier` are sums of which the events are gone. */
export function addUpEvents(counts: readonly EventCount[], earlier: readonly CountedEvents[]): CountedEvents {
  const types = new Map<string, number>();
  const add = (type: string, count: number) => types.set(type, (types.get(type) ?? 0) + count);
  for (const { type, count } of counts) add(type, count);
  for (const sums of earlier) for (const [type, count] of Object.entries(sums.types)) add(type, count);
  const sorted = [...types].sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1));
  return {
    count: sorted.reduce((sum, [, count]) => sum + count, 0),
    types: Object.fromEntries(sorted),
    untilMs: Math.max(...[...counts, ...earlier].map(({ untilMs }) => untilMs)),
  };
}
