/** The slots of the table ordered by one column, kept in order: only sessions whose value has changed are put elsewhere. */
import type { Session } from "@lastbeat/core";
import type { LiveColumn, LiveWindowQuery } from "../contract/liveWindow.ts";
import { compareKeys, keyOf, readerOf, type SortKey } from "./columns.ts";
import { selectFirst } from "./selectFirst.ts";
import type { SessionTable } from "./sessionTable.ts";
import { insertSorted, sortInTurns } from "./sortInTurns.ts";
import type { Work } from "./turns.ts";

const STEP = 128;
/** Texts like clients' names come again and again: so many have their keys remembered. */
const KEYS_REMEMBERED = 1_000;
/** So many rows can be selected for less than sorting all of them costs. */
const MAX_SELECTED = 256;

/** The sessions one after the other, as a page asked for them. */
export interface OrderedRows {
  readonly length: number;
  /** The slot at a place. Where the first rows were selected only, the places after them hold nothing. */
  at(place: number): number;
  /** Ascending, whatever was asked. */
  readonly compare: (a: number, b: number) => number;
}

export class SessionOrder {
  /** Ascending. Replaced by each update, never changed in place. */
  #slots: readonly number[] = [];
  /** Slots that stand in the wrong place, or in none. */
  #moved = new Set<number>();
  readonly #table: SessionTable;
  readonly #read: ReturnType<typeof readerOf>;
  /** By slot: what the order was made by. */
  readonly #values: SortKey[] = [];
  readonly #keys: SortKey[] = [];
  readonly #generations: number[] = [];
  readonly #remembered = new Map<string, SortKey>();

  constructor(table: SessionTable, column: LiveColumn) {
    this.#table = table;
    this.#read = readerOf(column);
  }

  /** Whether the sessions that it was last told of stand in their places. */
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

  /** Reads the values of all sessions; for an order that was not there when the table was last refreshed. */
  *readAll(): Work {
    const { sessions, size } = this.#table;
    for (let slot = 0; slot < size; slot += 1) {
      const session = sessions[slot];
      if (session !== null && session !== undefined) this.note(slot, session);
      if (slot % STEP === 0) yield;
    }
  }

  /** Puts those whose values have changed into their places. */
  *sort(): Work {
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
    const sorted = yield* sortInTurns(added, this.compare);
    this.#slots = yield* insertSorted(kept, sorted, this.compare);
    this.#moved = new Set();
  }

  /**
   * The rows in the order that `query` asks for. While they are not sorted, only those of its window are looked for, if that is what it
   * takes to answer: a page that asks for a new order need not wait for the places of all the others.
   */
  *rows(query: LiveWindowQuery, needsAll: boolean): Work<OrderedRows> {
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

  /** Ascending, by what was last read. */
  readonly compare = (a: number, b: number): number => {
    const { ids } = this.#table;
    return compareKeys(this.#keys[a] as SortKey, this.#keys[b] as SortKey) || compareKeys(ids[a] as string, ids[b] as string);
  };

  #keyOf(value: SortKey): SortKey {
    if (typeof value === "number") return value;
    const known = this.#remembered.get(value);
    if (known !== undefined) return known;
    const key = keyOf(value);
    if (this.#remembered.size < KEYS_REMEMBERED) this.#remembered.set(value, key);
    return key;
  }
}
