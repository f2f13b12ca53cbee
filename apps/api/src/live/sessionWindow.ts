/** One page's window on the live table. Remembers what the page was last sent and computes the next update from it. */
import type { LiveRow, LiveRowUpdate, LiveWindowQuery, LiveWindowUpdate } from "../contract/liveWindow.ts";
import { matchesState, narrows, needleOf } from "./filter.ts";
import { countStaying, type HeldRows, holdRows, isThere, misplaced, type ShownRows } from "./heldRows.ts";
import { changesOf, rowOf } from "./rows.ts";
import type { OrderedRows, SessionOrder } from "./sessionOrder.ts";
import type { SessionTable } from "./sessionTable.ts";
import type { SlicedWork } from "./timeSlices.ts";

/** Rows processed between two checks of the clock. */
const STEP = 256;

interface Found {
  readonly total: number;
  readonly slots: readonly number[];
}

/** The window's current content. A slot is `null` if its session has ended. */
interface Content {
  readonly total: number;
  readonly slots: readonly (number | null)[];
  readonly ids: readonly (string | null)[];
  readonly changes: number;
}

export class SessionWindow {
  readonly id: number;
  query: LiveWindowQuery;
  ask = 0;
  readonly #table: SessionTable;
  #held: (HeldRows & { readonly hold: number; readonly about: string }) | null = null;
  #shown: ShownRows | null = null;
  /** Order and filter of the rows shown. */
  #shownAbout = "";
  #ids: readonly (string | null)[] = [];
  #rows = new Map<string, LiveRow>();
  /** The last update without its rows, to detect changes. */
  #lastSummary = "";
  /** Search results by slot, with the version of the text that each applies to. */
  #matches: { needle: string; texts: number[]; matched: boolean[] } | null = null;

  constructor(id: number, query: LiveWindowQuery, table: SessionTable) {
    this.id = id;
    this.query = query;
    this.#table = table;
  }

  /** Changes the query. */
  look(query: LiveWindowQuery, ask: number): void {
    this.query = query;
    this.ask = ask;
  }

  /** The update that brings the page up to date; `null` if it already is. */
  *update(order: SessionOrder): SlicedWork<LiveWindowUpdate | null> {
    const { offset, size, hold } = this.query;
    const ordered = yield* order.rows(this.query, narrows(this.query) || hold !== 0);
    if (hold === 0) this.#held = null;
    else if (this.#held?.hold !== hold || this.#held.about !== this.#about()) yield* this.#hold(ordered);
    const held = this.#held;
    const found = yield* this.#find(ordered, offset, size);
    if (held === null) {
      return this.#diff({ total: found.total, slots: found.slots, ids: found.slots.map((slot) => this.#idOf(slot)), changes: 0 });
    }
    const staying = yield* countStaying(held, this.#table, (slot) => this.#belongs(slot));
    const slots = [...held.slots.subarray(offset, offset + size)];
    const there = slots.map((slot, at) => (isThere(held, offset + at, this.#table) ? slot : null));
    const ids = there.map((slot, at) => (slot === null ? this.#knownId(offset + at) : this.#idOf(slot)));
    const changes = found.total - staying + (held.slots.length - staying) + this.#misplaced(there, ordered);
    return this.#diff({ total: held.slots.length, slots: there, ids, changes });
  }

  #diff({ total, slots, ids, changes }: Content): LiveWindowUpdate | null {
    const { offset } = this.query;
    const rows = this.#rowUpdates(slots, ids);
    const ended = ids.filter((id, at): id is string => id !== null && slots[at] === null);
    const moved = ids.length !== this.#ids.length || ids.some((id, at) => id !== this.#ids[at]);
    const about = { window: this.id, ask: this.ask, total, offset };
    const summary = JSON.stringify([about, ended, changes]);
    if (rows.length === 0 && !moved && summary === this.#lastSummary) return null;
    this.#lastSummary = summary;
    this.#ids = ids;
    const generations = slots.map((slot) => (slot === null ? 0 : (this.#table.generations[slot] ?? 0)));
    this.#shownAbout = this.#about();
    this.#shown = { offset, slots: slots.map((slot) => slot ?? 0), generations };
    return { ...about, ...(moved ? { ids } : {}), rows, ended, changes };
  }

  #rowUpdates(slots: readonly (number | null)[], ids: readonly (string | null)[]): LiveRowUpdate[] {
    const updates: LiveRowUpdate[] = [];
    const rows = new Map<string, LiveRow>();
    for (let at = 0; at < slots.length; at += 1) {
      const [id, slot] = [ids[at] ?? null, slots[at] ?? null];
      if (id === null) continue;
      const before = this.#rows.get(id);
      const session = slot === null ? null : this.#table.sessions[slot];
      const now = session === null || session === undefined ? before : rowOf(session);
      if (now === undefined) continue;
      const changed = before === undefined ? now : changesOf(before, now);
      if (changed !== null) updates.push(changed);
      // Values within clock noise stay as sent, so that small differences cannot accumulate unnoticed.
      rows.set(id, changed === null ? (before ?? now) : { ...(before ?? now), ...changed });
    }
    this.#rows = rows;
    return updates;
  }

  *#hold(ordered: OrderedRows): SlicedWork {
    const { hold } = this.query;
    const about = this.#about();
    const begins = this.#held === null && this.#shownAbout === about;
    const { slots } = yield* this.#find(ordered, 0, Number.POSITIVE_INFINITY);
    this.#held = { ...holdRows(slots, begins ? this.#shown : null, this.#table), hold, about };
  }

  *#find(ordered: OrderedRows, offset: number, size: number): SlicedWork<Found> {
    const { length } = ordered;
    const picked: number[] = [];
    if (!narrows(this.query)) {
      for (let place = offset; place < Math.min(length, offset + size); place += 1) picked.push(ordered.at(place));
      return { total: length, slots: picked };
    }
    let total = 0;
    for (let place = 0; place < length; place += 1) {
      if (place % STEP === 0) yield;
      const slot = ordered.at(place);
      if (!this.#belongs(slot)) continue;
      if (total >= offset && total < offset + size) picked.push(slot);
      total += 1;
    }
    return { total, slots: picked };
  }

  #belongs(slot: number): boolean {
    const session = this.#table.sessions[slot];
    if (session === null || session === undefined || !matchesState(session, this.query)) return false;
    const needle = needleOf(this.query);
    return needle === null || this.#textMatches(slot, needle);
  }

  #textMatches(slot: number, needle: string): boolean {
    if (this.#matches?.needle !== needle) this.#matches = { needle, texts: [], matched: [] };
    const { texts, matched } = this.#matches;
    const text = this.#table.texts[slot] ?? 0;
    if (texts[slot] !== text) {
      texts[slot] = text;
      matched[slot] = this.#table.haystack(slot).includes(needle);
    }
    return matched[slot] === true;
  }

  /** How many of the rows shown are out of order among themselves. */
  #misplaced(there: readonly (number | null)[], { compare }: OrderedRows): number {
    const shown = there.filter((slot): slot is number => slot !== null);
    const sign = this.query.order === "asc" ? 1 : -1;
    const places = new Map([...shown].sort((a, b) => sign * compare(a, b)).map((slot, place) => [slot, place]));
    return misplaced(shown.map((slot) => places.get(slot) ?? 0));
  }

  #idOf(slot: number): string {
    return this.#table.ids[slot] ?? "";
  }

  /** The id of an ended session, if this page showed it at that place. */
  #knownId(place: number): string | null {
    return this.#shown === null ? null : (this.#ids[place - this.#shown.offset] ?? null);
  }

  #about(): string {
    const { sort, order, search, state, kind } = this.query;
    return JSON.stringify([sort, order, search, state, kind]);
  }
}
