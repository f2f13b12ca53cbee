/** Stores ends: the row, its words and its count in the roll-up. Call inside a transaction. */
import type { SessionEnd } from "@lastbeat/core";
import type Database from "better-sqlite3";
import { detectionBucket } from "../detectionBuckets.ts";
import { HOUR_MS } from "../durations.ts";
import { createEndIds } from "../endId.ts";
import { type Binds, insertInto } from "../rows.ts";
import { ends, rollup, type sessions } from "../schema.sqlite.ts";
import { endWords } from "../search/endWords.ts";

/** The part of a session's row that its end needs. */
export type OpenSession = Pick<
  typeof sessions.$inferSelect,
  "id" | "sessionId" | "user" | "room" | "address" | "client" | "open"
>;

/** Its columns in `sessions s`. */
export const openSessionColumns = "s.id, s.session_id AS sessionId, s.user, s.room, s.address, s.client, s.open";

const insertEnd = insertInto(ends);
const insertCount = insertInto(rollup);

type Counted = typeof rollup.$inferInsert;

export interface EndWriter {
  /** Stores the end of a session. A no-op if the session is unknown or has ended. */
  end(end: SessionEnd): void;
  /** The same for a session whose row is already loaded. */
  endOf(session: OpenSession, end: SessionEnd): void;
  /** Writes the counts of the ends stored since the last call. Must be called before the commit. */
  countUp(): void;
  /** Discards the counts of a rolled-back transaction. */
  forget(): void;
}

export function createEndWriter(database: Database.Database): EndWriter {
  const find = database.prepare<[string], OpenSession>(`SELECT ${openSessionColumns} FROM sessions s WHERE s.session_id = ?`);
  const insert = database.prepare(insertEnd.text);
  const insertWords = database.prepare("INSERT INTO ends_words (rowid, words) VALUES (?, ?)");
  const highest = database.prepare<[number, number], number | null>("SELECT max(id) FROM ends WHERE id >= ? AND id < ?").pluck();
  const count = database.prepare(`${insertCount.text} ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  const nextId = createEndIds((from, to) => highest.get(from, to) ?? null);
  const counts = new Map<string, Counted>();

  function endOf(session: OpenSession, end: SessionEnd): void {
    if (session.open === 0) return;
    const { sessionId, user, room, address, client } = session;
    const row = insertEnd.binds({ ...end, session: session.id, user, address });
    row.id = nextId(row.detectedAtMs);
    insert.run(row);
    insertWords.run(row.id, endWords({ sessionId, user, room, client, detail: row.detail, note: row.note }));
    const counted = countOf(row);
    const key = Object.values(counted).join("|");
    counts.set(key, { ...counted, count: (counts.get(key)?.count ?? 0) + 1 });
  }

  return {
    endOf,
    end(end) {
      const session = find.get(end.sessionId);
      if (session !== undefined) endOf(session, end);
    },
    countUp() {
      for (const counted of counts.values()) count.run(insertCount.binds(counted));
      counts.clear();
    },
    forget: () => counts.clear(),
  };
}

function countOf({
  detectedAtMs,
  tier,
  reason,
  initiator,
  detectionMs,
}: Binds<typeof ends.$inferInsert>): Omit<Counted, "count"> {
  const hourAtMs = Math.floor(detectedAtMs / HOUR_MS) * HOUR_MS;
  return { hourAtMs, tier, reason, initiator, detectionUpToMs: detectionBucket(detectionMs) };
}
