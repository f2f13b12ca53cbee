/** Puts the events that were fetched in the place of a folded timeline's middle. Pure. */
import type { CountedEvents, FoldedEvents, TimelineEntry } from "@lastbeat/api";

/** The data of the folded entry; `null` if nothing is folded. */
export function foldOf(entries: readonly TimelineEntry[]): FoldedEvents | null {
  const folded = entries.find(({ type }) => type === "folded");
  return folded === undefined ? null : (folded.data as unknown as FoldedEvents);
}

/** `fetched` are events after the fold's beginning, in order and without a gap. What is still missing stays folded. */
export function unfold(entries: readonly TimelineEntry[], fetched: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const at = entries.findIndex(({ type }) => type === "folded");
  const folded = entries[at];
  if (folded === undefined || fetched.length === 0) return entries;
  const head = entries.slice(0, at);
  const tail = entries.slice(at + 1);
  const before = tail[0]?.seq ?? Number.POSITIVE_INFINITY;
  const inside = fetched.filter(({ seq }) => seq > (head.at(-1)?.seq ?? 0) && seq < before);
  return [...head, ...inside, ...rest(folded, inside), ...tail];
}

function rest(folded: TimelineEntry, inside: readonly TimelineEntry[]): TimelineEntry[] {
  const { count, types, untilMs } = folded.data as unknown as FoldedEvents;
  const last = inside.at(-1);
  if (last === undefined) return [folded];
  const left = { ...types };
  let countLeft = count;
  for (const entry of inside) {
    const told = toldBy(entry);
    countLeft -= told.count;
    for (const [type, times] of Object.entries(told.types)) left[type] = (left[type] ?? 0) - times;
  }
  if (countLeft <= 0) return [];
  const data: FoldedEvents = {
    count: countLeft,
    types: Object.fromEntries(Object.entries(left).filter(([, times]) => times > 0)),
    untilMs,
    after: last.seq,
  };
  return [{ ...folded, seq: last.seq + 0.5, atMs: last.atMs, data: { ...data } }];
}

/** One event, or those that the ledger has only counted. */
function toldBy({ type, data }: TimelineEntry): Pick<CountedEvents, "count" | "types"> {
  return type === "counted" ? (data as unknown as CountedEvents) : { count: 1, types: { [type]: 1 } };
}
