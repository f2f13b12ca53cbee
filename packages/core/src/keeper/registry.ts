/** The registry of sessions: the one map, and running counts per state (rule SES1). */

import { Openings } from "./openings.ts";
import type { LiveState, SessionRecord } from "./record.ts";

export class Registry {
  /** Sessions whose hello was accepted, by id. */
  readonly #sessions = new Map<string, SessionRecord>();
  /** Connections still waiting for their hello. */
  readonly #openings = new Openings();
  #suspect = 0;
  readonly #counts: Record<LiveState["name"], number> = { opening: 0, active: 0, suspended: 0, ending: 0, ended: 0 };
  #users = 0;
  /** Of `#counts`, those of kind `admin`. */
  readonly #admins: Record<LiveState["name"], number> = { opening: 0, active: 0, suspended: 0, ending: 0, ended: 0 };

  get(id: string): SessionRecord | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Sessions whose hello was accepted and which are not removed yet. One added or removed during iteration may or may not be
   * visited.
   */
  sessions(): IterableIterator<SessionRecord> {
    return this.#sessions.values();
  }

  get openings(): Openings {
    return this.#openings;
  }

  addOpening(record: SessionRecord): void {
    this.#openings.add(record);
  }

  removeOpening(record: SessionRecord): void {
    this.#openings.delete(record);
  }

  /** Adds a session whose hello was accepted. Its id must be free. */
  add(record: SessionRecord): void {
    this.#openings.delete(record);
    this.#sessions.set(record.id, record);
    this.#counts[record.state.name] += 1;
    if (record.kind === "user") this.#users += 1;
    else this.#admins[record.state.name] += 1;
  }

  /** Sets the state of a session that is in the registry. Not looked up here: its id is seldom in the processor's cache. */
  move(record: SessionRecord, state: LiveState): void {
    if (record.kind === "user" && state.name === "ending") this.#users -= 1;
    this.#counts[record.state.name] -= 1;
    this.#counts[state.name] += 1;
    if (record.kind === "admin") {
      this.#admins[record.state.name] -= 1;
      this.#admins[state.name] += 1;
    }
    record.state = state;
  }

  /** Removes a session; a no-op when it is not in the registry. */
  remove(record: SessionRecord): void {
    if (this.#sessions.get(record.id) !== record) return;
    this.#sessions.delete(record.id);
    this.#counts[record.state.name] -= 1;
    if (record.kind === "admin") this.#admins[record.state.name] -= 1;
    if (record.kind === "user" && record.state.name !== "ending" && record.state.name !== "ended") this.#users -= 1;
  }

  suspectChanged(by: 1 | -1): void {
    this.#suspect += by;
  }

  count(kind: LiveState["name"]): number {
    return kind === "opening" ? this.#openings.size + this.#counts.opening : this.#counts[kind];
  }

  /** Sessions of kind `admin` per state. */
  get admins(): Record<"opening" | "active" | "suspended" | "ending", number> {
    const { opening, active, suspended, ending } = this.#admins;
    return { opening, active, suspended, ending };
  }

  get suspects(): number {
    return this.#suspect;
  }

  /** User sessions that count against the capacity: those not ending. */
  get users(): number {
    return this.#users;
  }

  /** Sessions whose hello was accepted and which are not removed yet. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Connections waiting for their hello. */
  get waiting(): number {
    return this.#openings.size;
  }
}
