/** The table of live sessions shared by orders and windows. Each session occupies a slot, a small number, for its lifetime. */
import type { Session } from "@lastbeat/core";
import { haystackOf } from "./filter.ts";
import type { SlicedWork } from "./timeSlices.ts";

/** Sessions processed between two checks of the clock. */
const STEP = 128;

/** Is shown every session during each refresh. */
export interface TableReader {
  note(slot: number, session: Session): void;
}

export class SessionTable {
  /** By slot; `null` if it is free. */
  readonly sessions: (Session | null)[] = [];
  readonly ids: string[] = [];
  /** By slot: incremented whenever it is freed or reused. */
  readonly generations: number[] = [];
  /** By slot: changes whenever the searchable text does. */
  readonly texts: number[] = [];
  readonly #slots = new Map<Session, number>();
  readonly #freeSlots: number[] = [];
  readonly #rooms: (string | null)[] = [];
  readonly #rounds: number[] = [];
  readonly #haystacks: string[] = [];
  readonly #haystackTexts: number[] = [];
  #round = 0;
  #text = 0;

  /** Number of slots, in use or free. */
  get size(): number {
    return this.sessions.length;
  }

  /** Number of sessions. */
  get live(): number {
    return this.#slots.size;
  }

  /** The slots in use. */
  slotsInUse(): Iterable<number> {
    return this.#slots.values();
  }

  /**
   * Adds new sessions and removes ended ones. Shows each to `readers` in the same pass, because fetching fifty thousand sessions from memory
   * is most of the cost.
   */
  *refresh(sessions: Iterable<Session>, readers: readonly TableReader[]): SlicedWork {
    this.#round += 1;
    let seen = 0;
    for (const session of sessions) {
      const slot = this.#slotOf(session);
      for (const reader of readers) reader.note(slot, session);
      seen += 1;
      if (seen % STEP === 0) yield;
    }
    for (let slot = 0; slot < this.size; slot += 1) {
      if (this.sessions[slot] !== null && this.#rounds[slot] !== this.#round) this.#free(slot);
      if (slot % STEP === 0) yield;
    }
  }

  /** The searchable text of the session in a slot. */
  haystack(slot: number): string {
    const session = this.sessions[slot];
    if (session === null || session === undefined) return "";
    if (this.#haystackTexts[slot] !== this.texts[slot]) {
      this.#haystacks[slot] = haystackOf(session);
      this.#haystackTexts[slot] = this.texts[slot] ?? 0;
    }
    return this.#haystacks[slot] ?? "";
  }

  #slotOf(session: Session): number {
    let slot = this.#slots.get(session);
    if (slot === undefined) slot = this.#allocate(session);
    else if (this.#rooms[slot] !== session.room) this.#textChanged(slot, session);
    this.#rounds[slot] = this.#round;
    return slot;
  }

  #allocate(session: Session): number {
    const slot = this.#freeSlots.pop() ?? this.size;
    this.sessions[slot] = session;
    this.ids[slot] = session.id;
    this.generations[slot] = (this.generations[slot] ?? 0) + 1;
    this.#haystackTexts[slot] = 0;
    this.#slots.set(session, slot);
    this.#textChanged(slot, session);
    return slot;
  }

  #textChanged(slot: number, { room }: Session): void {
    this.#rooms[slot] = room;
    this.#text += 1;
    this.texts[slot] = this.#text;
  }

  #free(slot: number): void {
    const session = this.sessions[slot];
    if (session !== null && session !== undefined) this.#slots.delete(session);
    this.sessions[slot] = null;
    this.ids[slot] = "";
    this.#haystacks[slot] = "";
    this.generations[slot] = (this.generations[slot] ?? 0) + 1;
    this.#freeSlots.push(slot);
  }
}
