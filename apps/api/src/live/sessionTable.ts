/** The live sessions as a table that orders and windows share: each has a slot, a small number, for as long as it lives. */
import type { Session } from "@lastbeat/core";
import { haystackOf } from "./filter.ts";
import type { Work } from "./turns.ts";

/** Sessions looked at between two looks at the clock. */
const STEP = 128;

/** Wants to see each session with each refresh. */
export interface TableReader {
  note(slot: number, session: Session): void;
}

export class SessionTable {
  /** By slot; `null` where none is. */
  readonly sessions: (Session | null)[] = [];
  readonly ids: string[] = [];
  /** By slot: counted up when it is given to another session. */
  readonly generations: number[] = [];
  /** By slot: a number that is new whenever what can be searched has changed. */
  readonly texts: number[] = [];
  readonly #slots = new Map<Session, number>();
  readonly #free: number[] = [];
  readonly #rooms: (string | null)[] = [];
  readonly #rounds: number[] = [];
  readonly #haystacks: string[] = [];
  readonly #haystackTexts: number[] = [];
  #round = 0;
  #text = 0;

  /** Slots that are or were in use. */
  get size(): number {
    return this.sessions.length;
  }

  /** Sessions in it. */
  get live(): number {
    return this.#slots.size;
  }

  /** The slots of the sessions in it. */
  slotsInUse(): Iterable<number> {
    return this.#slots.values();
  }

  /**
   * Takes in those that came, lets go of those that left. Each is shown to `readers` in the same pass: fetching fifty thousand sessions from
   * memory is most of what they cost.
   */
  *refresh(sessions: Iterable<Session>, readers: readonly TableReader[]): Work {
    this.#round += 1;
    let seen = 0;
    for (const session of sessions) {
      const slot = this.#keep(session);
      for (const reader of readers) reader.note(slot, session);
      seen += 1;
      if (seen % STEP === 0) yield;
    }
    for (let slot = 0; slot < this.size; slot += 1) {
      if (this.sessions[slot] !== null && this.#rounds[slot] !== this.#round) this.#letGo(slot);
      if (slot % STEP === 0) yield;
    }
  }

  /** What is searched of the session in a slot. */
  haystack(slot: number): string {
    const session = this.sessions[slot];
    if (session === null || session === undefined) return "";
    if (this.#haystackTexts[slot] !== this.texts[slot]) {
      this.#haystacks[slot] = haystackOf(session);
      this.#haystackTexts[slot] = this.texts[slot] ?? 0;
    }
    return this.#haystacks[slot] ?? "";
  }

  #keep(session: Session): number {
    let slot = this.#slots.get(session);
    if (slot === undefined) slot = this.#take(session);
    else if (this.#rooms[slot] !== session.room) this.#textChanged(slot, session);
    this.#rounds[slot] = this.#round;
    return slot;
  }

  #take(session: Session): number {
    const slot = this.#free.pop() ?? this.size;
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

  #letGo(slot: number): void {
    const session = this.sessions[slot];
    if (session !== null && session !== undefined) this.#slots.delete(session);
    this.sessions[slot] = null;
    this.ids[slot] = "";
    this.#haystacks[slot] = "";
    this.generations[slot] = (this.generations[slot] ?? 0) + 1;
    this.#free.push(slot);
  }
}
