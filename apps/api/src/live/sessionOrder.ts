/** Keeps the table's slots sorted by one column. Only sessions whose value has changed are moved. */
import type { Session } from "@lastbeat/core";
import type { LiveColumn, LiveWindowQuery } from "../contract/liveWindow.ts";
import { compareKeys, keyOf, readerOf, type SortKey } from "./columns.ts";
import { selectFirst } from "./selectFirst.ts";
import type { SessionTable } from "./sessionTable.ts";
import { insertSorted, slicedSort } from "./slicedSort.ts";
import type { SlicedWork } from "./timeSlices.ts";

const STEP = 128;
/** Size of the key cache. Texts such as client names repeat often. */
const MAX_CACHED_KEYS = 1_000;
/** Up to this many rows, selecting is cheaper than sorting everything. */
const MAX_SELECTED = 256;

/** The sessions in the order a page asked for. */
export interface OrderedRows {
  readonly length: number;
  /** The slot at a place. If only the first rows were selected, later places are undefined. */
  at(place: number): number;
  /** Always ascending, regardless of the query. */
  readonly compare: (a: number, b: number) => number;
}

export class SessionOrder {
  /** Ascending. Replaced by each update, never changed in place. */
  #slots: readonly number[] = [];
  /** Slots that are misplaced or not yet placed. */
  #moved = new Set<number>();
  readonly #table: SessionTable;
  readonly #read: ReturnType<typeof readerOf>;
  /** By slot: the values sorted by. */
  readonly #values: SortKey[] = [];
  readonly #keys: SortKey[] = [];
  readonly #generations: number[] = [];
  readonly #keyCache = new Map<string, SortKey>();

  constructor(table: SessionTable, column: LiveColumn) {
    this.#table = table;
    this.#read = readerOf(column);
  }

  /** Whether all sessions read so far are in place. */
  get isSorted(): boolean {
    return this.#moved.size === 0 && this.#table.live === this.#slots.length;
  }

  /** Reads a session's value. */
  note(slot: number, session: Session): void {
    const value = this.#read(session);
    const generation = this.#table.generations[slot] as number;
    if (this.#values[slot] === value && this.#generations[slot] === generation) return;
    this.#values[slot] = value;
    this.#keys[slot] = this.#keyOf(value);
    this.#generations[slot] = generation;
    this.#moved.add(slot);
  }

  /** Reads the values of all sessions. For an order created after the table's last refresh. */
  *readAll(): SlicedWork {
    const { sessions, size } = this.#table;
    for (let slot = 0; slot < size; slot += 1) {
      const session = sessions[slot];
      if (session !== null && session !== undefined) this.note(slot, session);
      if (slot % STEP === 0) yield;
    }
  }

  /** Moves sessions whose values have changed into place. */
  *sort(): SlicedWork {
    if (this.isSorted) return;
    const { sessions } = this.#table;
    const moved = this.#moved;
    const kept: number[] = [];
    for (let at = 0; at < this.#slots.length; at += 1) {
      const slot = this.#slots[at] as number;
      if (!moved.has(slot) && sessions[slot] !== null) kept.push(slot);
      if (at % 1_024 === 0) yield;
    }
    const added = [...moved].filter((slot) => sessions[slot] !== null);
    const sorted = yield* slicedSort(added, this.compare);
    this.#slots = yield* insertSorted(kept, sorted, this.compare);
    this.#moved = new Set();
  }

  /**
   * The rows in the order of `query`. If they are not sorted yet and the query does not need all of them, only those of its window are
   * selected, so that a page asking for a new order need not wait for a full sort.
   */
  *rows(query: LiveWindowQuery, needsAll: boolean): SlicedWork<OrderedRows> {
    const sign = query.order === "asc" ? 1 : -1;
    const count = query.offset + query.size;
    if (!this.isSorted && !needsAll && count <= MAX_SELECTED) {
      const compare = (a: number, b: number) => sign * this.compare(a, b);
      const first = yield* selectFirst(this.#table.slotsInUse(), { count, compare });
      return { length: this.#table.live, at: (place) => first[place] as number, compare: this.compare };
    }
    yield* this.sort();
    const slots = this.#slots;
    const last = slots.length - 1;
    return { length: slots.length, at: (place) => slots[sign > 0 ? place : last - place] as number, compare: this.compare };
  }

  /** Ascending, by the values last read. */
  readonly compare = (a: number, b: number): number => {
    const { ids } = this.#table;
    return compareKeys(this.#keys[a] as SortKey, this.#keys[b] as SortKey) || compareKeys(ids[a] as string, ids[b] as string);
  };

  #keyOf(value: SortKey): SortKey {
    if (typeof value === "number") return value;
    const known = this.#keyCache.get(value);
    if (known !== undefined) return known;
    const key = keyOf(value);
    if (this.#keyCache.size < MAX_CACHED_KEYS) this.#keyCache.set(value, key);
    return key;
  }
}
