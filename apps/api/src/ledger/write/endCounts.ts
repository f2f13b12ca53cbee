/** Counts ends for the roll-up while a group is stored, and writes each count once. */
import type Database from "better-sqlite3";
import { detectionBucket } from "../detectionBuckets.ts";
import { HOUR_MS } from "../durations.ts";
import { type Bound, insertInto } from "../rows.ts";
import { rollup } from "../schema.sqlite.ts";

const insertCount = insertInto(rollup);

/** An end as counted; as stored, whatever values it came with. */
export interface CountedEnd {
  readonly detectedAtMs: number;
  readonly tier: string;
  readonly reason: string;
  readonly initiator: string;
  readonly detectionMs: number;
}

interface Count {
  readonly end: CountedEnd;
  readonly hourAtMs: number;
  readonly detectionUpToMs: number;
  count: number;
}

export class EndCounts {
  readonly #write: Database.Statement<[Bound[]]>;
  readonly #counts = new Map<string, Count>();

  constructor(database: Database.Database) {
    this.#write = database.prepare<[Bound[]]>(`${insertCount.text()} ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  }

  add(end: CountedEnd): void {
    const hourAtMs = Math.floor(end.detectedAtMs / HOUR_MS) * HOUR_MS;
    const detectionUpToMs = detectionBucket(end.detectionMs);
    const key = `${hourAtMs}|${end.tier}|${end.reason}|${end.initiator}|${detectionUpToMs}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { end, hourAtMs, detectionUpToMs, count: 1 });
    else known.count += 1;
  }

  write(): void {
    for (const { end, hourAtMs, detectionUpToMs, count } of this.#counts.values()) {
      const { tier, reason, initiator } = end;
      this.#write.run(insertCount.values({ hourAtMs, tier, reason, initiator, detectionUpToMs, count }));
    }
    this.#counts.clear();
  }

  clear(): void {
    this.#counts.clear();
  }
}
