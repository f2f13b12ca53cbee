/**
 * Writes events. A client that reconnects in a loop causes events for ever, so a session's rows are bounded (rule LED9): when there are
 * too many, those between the first and the latest become one row that counts them by kind.
 */
import type { LedgerEvent } from "@lastbeat/core";
import type Database from "better-sqlite3";
import type { CountedEvents } from "../../contract/timeline.ts";
import { addUpEvents, COUNTED, type EventCount } from "../countedEvents.ts";
import { insertInto } from "../rows.ts";
import { events } from "../schema.sqlite.ts";

/** Rows that a session's events take at most. */
export const EVENTS_MOST = 1_000;
/** Rows kept at the beginning and at the end. Half of all: so rows are counted once per 500 events, not at each. */
export const EVENTS_KEPT = 250;

const insertEvent = insertInto(events, ["seq"]);

/** Call in a transaction. */
export function createEventWriter(database: Database.Database): (event: LedgerEvent) => void {
  const insert = database.prepare(insertEvent.text());
  // In the index of events by session, and never more than `EVENTS_MOST` entries.
  const rows = database.prepare<[string], number>("SELECT count(*) FROM events WHERE session_id = ?").pluck();
  const count = createCounter(database);
  return ({ atMs, sessionId, event }) => {
    const { type, ...data } = event;
    if (sessionId !== null && (rows.get(sessionId) ?? 0) >= EVENTS_MOST) count(sessionId);
    insert.run(insertEvent.values({ atMs, sessionId, type, data }));
  };
}

interface Between {
  readonly id: string;
  readonly from: number;
  readonly until: number;
}

/** Counts the rows between the first and the latest, in the place of the first of them. */
function createCounter(database: Database.Database): (sessionId: string) => void {
  const at = (order: string) =>
    database.prepare<[string, number], number>(
      `SELECT seq FROM events WHERE session_id = ? ORDER BY seq ${order} LIMIT 1 OFFSET ?`,
    );
  const [fromStart, fromEnd] = [at("").pluck(), at("DESC").pluck()];
  const between = "session_id = @id AND seq BETWEEN @from AND @until";
  const counts = database.prepare<[Between], EventCount>(
    `SELECT type, count(*) AS count, max(at_ms) AS untilMs FROM events WHERE ${between} AND type <> '${COUNTED}' GROUP BY type`,
  );
  const earlier = database.prepare<[Between], string>(`SELECT data FROM events WHERE ${between} AND type = '${COUNTED}'`).pluck();
  const remove = database.prepare<[Between]>(`DELETE FROM events WHERE ${between} AND seq <> @from`);
  const become = database.prepare<[string, number]>(`UPDATE events SET type = '${COUNTED}', data = ? WHERE seq = ?`);
  return (id) => {
    const from = fromStart.get(id, EVENTS_KEPT) ?? 0;
    const range = { id, from, until: fromEnd.get(id, EVENTS_KEPT) ?? 0 };
    const sums = addUpEvents(
      counts.all(range),
      earlier.all(range).map((data) => JSON.parse(data) as CountedEvents),
    );
    remove.run(range);
    become.run(JSON.stringify(sums), from);
  };
}
