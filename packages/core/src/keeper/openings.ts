/**
 * Connections waiting for their hello (rule SES1), oldest first. Apart from those that say nothing are those about whom somebody is being
 * asked: they have done their part, so the silent ones give way before them.
 */

import { addressGroup } from "../rules/admission.ts";
import { FairQueue } from "./fairQueue.ts";
import type { SessionRecord } from "./record.ts";

const groupOf = (record: SessionRecord): string => addressGroup(record.peer.address);

export class Openings {
  /** Those that give way to newcomers. */
  readonly silent = new FairQueue<SessionRecord>();
  readonly #identifying = new FairQueue<SessionRecord>();

  get size(): number {
    return this.silent.size + this.#identifying.size;
  }

  *values(): IterableIterator<SessionRecord> {
    yield* this.silent.values();
    yield* this.#identifying.values();
  }

  add(record: SessionRecord): void {
    if (!this.silent.has(record) && !this.#identifying.has(record)) this.silent.add(record, groupOf(record));
  }

  delete(record: SessionRecord): void {
    if (!this.silent.delete(record)) this.#identifying.delete(record);
  }

  /**
   * Spares it from giving way. At most `atMost` are spared, or who sends any hello would keep newcomers out: of more, the oldest of the
   * address that has the most gives way again.
   */
  spare(record: SessionRecord, atMost: number): void {
    if (!this.silent.delete(record)) return;
    this.#identifying.add(record, groupOf(record));
    if (this.#identifying.size <= atMost) return;
    const oldest = this.#identifying.oldest(this.#identifying.largest.name);
    if (oldest === undefined) return;
    this.#identifying.delete(oldest);
    this.silent.add(oldest, groupOf(oldest));
  }

  /** How many this address has. */
  countOf(address: string): number {
    const group = addressGroup(address);
    return this.silent.countOf(group) + this.#identifying.countOf(group);
  }
}
