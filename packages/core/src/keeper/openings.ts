/** Connections waiting for their hello, oldest first, and how many each address has (rule SES1). */

import { addressGroup } from "../rules/admission.ts";
import type { SessionRecord } from "./record.ts";

export class Openings {
  readonly #records = new Set<SessionRecord>();
  /** By address group; see `addressGroup`. */
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#records.size;
  }

  values(): IterableIterator<SessionRecord> {
    return this.#records.values();
  }

  add(record: SessionRecord): void {
    if (this.#records.has(record)) return;
    this.#records.add(record);
    const group = addressGroup(record.peer.address);
    this.#counts.set(group, (this.#counts.get(group) ?? 0) + 1);
  }

  delete(record: SessionRecord): void {
    if (!this.#records.delete(record)) return;
    const group = addressGroup(record.peer.address);
    const left = (this.#counts.get(group) ?? 0) - 1;
    if (left > 0) this.#counts.set(group, left);
    else this.#counts.delete(group);
  }

  /** How many this address has. */
  countOf(address: string): number {
    return this.#counts.get(addressGroup(address)) ?? 0;
  }

  /** The address group that has the most. */
  get largest(): { readonly group: string; readonly count: number } {
    let largest = { group: "", count: 0 };
    for (const [group, count] of this.#counts) if (count > largest.count) largest = { group, count };
    return largest;
  }

  /** The one that has waited longest, of an address group or of all. Looks through all, so it is for when there are too many. */
  oldest(group?: string): SessionRecord | undefined {
    for (const record of this.#records) {
      if (group === undefined || addressGroup(record.peer.address) === group) return record;
    }
    return undefined;
  }
}
