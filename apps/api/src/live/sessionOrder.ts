/** The slots of the table ordered by one column, kept in order: only sessions whose value has changed are put elsewhere. */
import type { LiveColumn } from "../contract/liveWindow.ts";
import { compareKeys, keyOf, readerOf, type SortKey } from "./columns.ts";
import type { SessionTable } from "./sessionTable.ts";
import { insertSorted, sortInTurns } from "./sortInTurns.ts";
import type { Work } from "./turns.ts";

const STEP = 128;
/** Texts like clients' names come again and again: so many have their keys remembered. */
const KEYS_REMEMBERED = 1_000;

export class SessionOrder {
  /** Ascending. Replaced by each update, never changed in place. */
  slots: readonly number[] = [];
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

  /** Takes in what the table and its sessions have become. */
  *update(): Work {
    const { moved, count } = yield* this.#findMoved();
    if (count.moved === 0 && count.live === this.slots.length) return;
    const kept: number[] = [];
    const { sessions } = this.#table;
    for (let at = 0; at < this.slots.length; at += 1) {
      const slot = this.slots[at] as number;
      if (moved[slot] !== 1 && sessions[slot] !== null) kept.push(slot);
      if (at % 1_024 === 0) yield;
    }
    const added: number[] = [];
    for (let slot = 0; slot < moved.length; slot += 1) {
      if (moved[slot] === 1) added.push(slot);
      if (slot % 4_096 === 0) yield;
    }
    const sorted = yield* sortInTurns(added, this.compare);
    this.slots = yield* insertSorted(kept, sorted, this.compare);
  }

  /** Ascending, by what was read at the last update. */
  readonly compare = (a: number, b: number): number => {
    const { ids } = this.#table;
    return compareKeys(this.#keys[a] as SortKey, this.#keys[b] as SortKey) || compareKeys(ids[a] as string, ids[b] as string);
  };

  *#findMoved(): Work<{ moved: Uint8Array; count: { live: number; moved: number } }> {
    const { sessions, generations } = this.#table;
    const moved = new Uint8Array(this.#table.size);
    const count = { live: 0, moved: 0 };
    for (let slot = 0; slot < moved.length; slot += 1) {
      if (slot % STEP === 0) yield;
      const session = sessions[slot];
      if (session === null || session === undefined) continue;
      count.live += 1;
      const value = this.#read(session);
      if (this.#values[slot] === value && this.#generations[slot] === generations[slot]) continue;
      this.#values[slot] = value;
      this.#keys[slot] = this.#keyOf(value);
      this.#generations[slot] = generations[slot] as number;
      moved[slot] = 1;
      count.moved += 1;
    }
    return { moved, count };
  }

  #keyOf(value: SortKey): SortKey {
    if (typeof value === "number") return value;
    const known = this.#remembered.get(value);
    if (known !== undefined) return known;
    const key = keyOf(value);
    if (this.#remembered.size < KEYS_REMEMBERED) this.#remembered.set(value, key);
    return key;
  }
}
