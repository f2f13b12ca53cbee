/** Removes ended sessions and chat messages by age, in small batches that never hold up a commit for long (rule LED8). */
import type Database from "better-sqlite3";
import { DAY_MS } from "../durations.ts";
import { firstEndId } from "../endId.ts";

/** Sessions removed per batch, and as many messages. Takes about ten milliseconds of the writer's time. */
const BATCH = 200;

export interface Retention {
  /** Removes one batch of expired rows. Returns whether there may be more. */
  step(nowMs: number): boolean;
}

/** An end that one of the webhooks has yet to be told stays, and so do those after it (rule WHK2). */
export function createRetention(database: Database.Database, days: number, webhooks: readonly string[] = []): Retention {
  const oldest = database.prepare<[number, number], { id: number; session: number; session_id: string }>(
    "SELECT e.id, e.session, s.session_id FROM ends e JOIN sessions s ON s.id = e.session WHERE e.id < ? ORDER BY e.id LIMIT ?",
  );
  const removeEvents = database.prepare("DELETE FROM events WHERE session_id = ?");
  const removeWords = database.prepare("DELETE FROM ends_words WHERE rowid = ?");
  const removeSession = database.prepare("DELETE FROM sessions WHERE id = ?");
  const removeServerEvents = database.prepare(
    "DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE session_id IS NULL AND at_ms < ? ORDER BY at_ms LIMIT ?)",
  );
  const removeMessages = database.prepare(
    "DELETE FROM messages WHERE seq IN (SELECT seq FROM messages WHERE sent_at_ms < ? ORDER BY sent_at_ms LIMIT ?)",
  );
  const note = database.prepare("UPDATE retention SET kept_from_ms = ? WHERE kept_from_ms < ?");

  // Through the index of ends: SQLite would else walk all that waits, each time.
  const untold = database
    .prepare<[number, string], number>(
      `SELECT end_id FROM webhook_deliveries INDEXED BY webhook_deliveries_end WHERE end_id < ? AND died_at_ms IS NULL AND webhook IN (SELECT value FROM json_each(?))
       ORDER BY end_id LIMIT 1`,
    )
    .pluck();

  const removeBatch = database.transaction((cutoffMs: number): number => {
    const before = firstEndId(cutoffMs);
    const batch = oldest.all(untold.get(before, JSON.stringify(webhooks)) ?? before, BATCH);
    for (const { id, session, session_id } of batch) {
      removeWords.run(id);
      removeEvents.run(session_id);
      removeSession.run(session);
    }
    const serverEvents = removeServerEvents.run(cutoffMs, BATCH).changes;
    const messages = removeMessages.run(cutoffMs, BATCH).changes;
    if (batch.length > 0) note.run(cutoffMs, cutoffMs);
    return Math.max(batch.length, serverEvents, messages);
  });

  return {
    step(nowMs) {
      if (days <= 0) return false;
      return removeBatch.immediate(nowMs - days * DAY_MS) === BATCH;
    },
  };
}
