/** Stores ends: the rows, their words and their counts in the roll-up. Call inside a transaction. */
import type { SessionEnd } from "@lastbeat/core";
import type Database from "better-sqlite3";
import { EndIds } from "../endId.ts";
import { type Bound, insertInto } from "../rows.ts";
import { ends, type sessions } from "../schema.sqlite.ts";
import { endWords } from "../search/endWords.ts";
import { createBatchInsert } from "./batchInsert.ts";
import type { DeliveryWriter } from "./deliveryWriter.ts";
import { type CountedEnd, EndCounts } from "./endCounts.ts";
import { createWordWriter, type WordsOfEnd } from "./wordWriter.ts";

/** The part of a session's row that its end needs. */
export type OpenSession = Pick<
  typeof sessions.$inferSelect,
  "id" | "sessionId" | "kind" | "user" | "userId" | "room" | "address" | "client" | "open"
>;

/** Its columns in `sessions s`. */
export const openSessionColumns =
  "s.id, s.session_id AS sessionId, s.kind, s.user, s.user_id AS userId, s.room, s.address, s.client, s.open";

const insertEnd = insertInto(ends);
const place = {
  id: insertEnd.place("id"),
  detectedAtMs: insertEnd.place("detectedAtMs"),
  detectionMs: insertEnd.place("detectionMs"),
  tier: insertEnd.place("tier"),
  reason: insertEnd.place("reason"),
  initiator: insertEnd.place("initiator"),
};

export interface EndedSession {
  readonly session: OpenSession;
  readonly end: SessionEnd;
}

export interface EndWriter {
  /**
   * Stores the ends of sessions. A no-op for those that are unknown or have ended. `refused` is called with the place of each end that
   * cannot be stored.
   */
  end(ends: readonly SessionEnd[], refused: (at: number, thrown: unknown) => void): void;
  /** The same for sessions whose rows are loaded, each of them once and open. */
  endOf(ended: readonly EndedSession[], refused: (at: number, thrown: unknown) => void): void;
  /** Writes the counts of the ends stored since the last call. Must be called before the commit. */
  countUp(): void;
  /** Discards the counts of a rolled-back transaction. */
  forget(): void;
}

export function createEndWriter(database: Database.Database, deliveries: DeliveryWriter): EndWriter {
  const find = database.prepare<[string], OpenSession>(`SELECT ${openSessionColumns} FROM sessions s WHERE s.session_id = ?`);
  const highest = database.prepare<[number, number], number | null>("SELECT max(id) FROM ends WHERE id >= ? AND id < ?").pluck();
  const ids = new EndIds((from, to) => highest.get(from, to) ?? null);
  const insert = createBatchInsert(database, insertEnd);
  const writeWords = createWordWriter(database);
  const counts = new EndCounts(database);

  function valuesOf({ session, end }: EndedSession): Bound[] {
    const { id, user, userId, address } = session;
    const values = insertEnd.values({ ...end, session: id, user, userId, address });
    values[place.id] = ids.allocate(values[place.detectedAtMs] as number);
    return values;
  }

  function endOf(ended: readonly EndedSession[], refused: (at: number, thrown: unknown) => void): void {
    ids.begin();
    const rows = ended.map(valuesOf);
    const lost = new Set<number>();
    insert(rows, (at, thrown) => {
      lost.add(at);
      refused(at, thrown);
    });
    const words: WordsOfEnd[] = [];
    for (const [at, values] of rows.entries()) {
      if (lost.has(at)) continue;
      words.push([values[place.id] as number, wordsOf(ended[at] as EndedSession)]);
      const counted = countedEnd(values);
      counts.add(counted);
      deliveries.add(values[place.id] as number, { ...counted, kind: (ended[at] as EndedSession).session.kind });
    }
    writeWords(words);
    deliveries.write();
  }

  function end(all: readonly SessionEnd[], refused: (at: number, thrown: unknown) => void): void {
    const ended: EndedSession[] = [];
    const places: number[] = [];
    const seen = new Set<string>();
    const again: number[] = [];
    for (const [at, one] of all.entries()) {
      if (seen.has(one.sessionId)) {
        again.push(at);
        continue;
      }
      seen.add(one.sessionId);
      const session = find.get(one.sessionId);
      if (session === undefined || session.open === 0) continue;
      ended.push({ session, end: one });
      places.push(at);
    }
    endOf(ended, (at, thrown) => refused(places[at] as number, thrown));
    // The second end of a session counts only if its first could not be stored.
    for (const at of again) end([all[at] as SessionEnd], (_, thrown) => refused(at, thrown));
  }

  function forget(): void {
    counts.clear();
    deliveries.clear();
  }

  return { end, endOf, countUp: () => counts.write(), forget };
}

function wordsOf({ session: { sessionId, user, room, client }, end: { detail, note } }: EndedSession): string {
  return endWords({ sessionId, user, room, client, detail, note });
}

/** An end as it is stored, whatever values it came with. */
function countedEnd(values: readonly Bound[]): CountedEnd {
  return {
    detectedAtMs: values[place.detectedAtMs] as number,
    tier: values[place.tier] as string,
    reason: values[place.reason] as string,
    initiator: values[place.initiator] as string,
    detectionMs: values[place.detectionMs] as number,
  };
}
