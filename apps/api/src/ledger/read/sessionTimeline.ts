/** The timeline of a session, from opening to end, including server events in between. */
import type Database from "better-sqlite3";
import type { TimelineEntry } from "../../contract/views.ts";

/** Maximum events of the session itself. As many server events may be added. */
const LIMIT = 1_000;

interface EventRow {
  readonly seq: number;
  readonly at_ms: number;
  readonly session_id: string | null;
  readonly type: string;
  readonly data: string;
}

interface Span {
  readonly opened_at_ms: number;
  readonly settings_revision: number;
  readonly detected_at_ms: number | null;
  readonly reason: string | null;
  readonly tier: string | null;
  readonly detail: string | null;
  readonly resources_released: number | null;
  readonly resources_failed: string | null;
  readonly end_revision: number | null;
}

export type ReadTimeline = (sessionId: string) => TimelineEntry[];

export function createTimeline(database: Database.Database): ReadTimeline {
  const span = database.prepare<[string], Span>(
    `SELECT s.opened_at_ms, s.settings_revision, e.detected_at_ms, e.reason, e.tier, e.detail, e.resources_released,
            e.resources_failed, e.settings_revision AS end_revision
     FROM sessions s LEFT JOIN ends e ON e.session = s.id WHERE s.session_id = ?`,
  );
  const own = database.prepare<[string, number], EventRow>("SELECT * FROM events WHERE session_id = ? ORDER BY seq LIMIT ?");
  const servers = database.prepare<[number, number, number], EventRow>(
    `SELECT * FROM events WHERE session_id IS NULL AND at_ms BETWEEN ? AND ? AND type IN ('settings_changed', 'pause', 'memory_level')
     ORDER BY at_ms LIMIT ?`,
  );
  return (sessionId) => {
    const session = span.get(sessionId);
    const rows = own.all(sessionId, LIMIT);
    if (session === undefined) return rows.map(entryOf);
    const untilMs = session.detected_at_ms ?? Number.MAX_SAFE_INTEGER;
    const meanwhile = servers.all(session.opened_at_ms, untilMs, LIMIT);
    const between = [...rows, ...meanwhile].sort((a, b) => a.seq - b.seq).map(entryOf);
    return [opening(sessionId, session), ...between, ...ending(sessionId, session, (between.at(-1)?.seq ?? 0) + 1)];
  };
}

function entryOf(row: EventRow): TimelineEntry {
  return { seq: row.seq, atMs: row.at_ms, sessionId: row.session_id, type: row.type, data: JSON.parse(row.data) };
}

/** Opening and end have their own tables. Here they become the first and last entries. */
function opening(sessionId: string, session: Span): TimelineEntry {
  return { seq: 0, atMs: session.opened_at_ms, sessionId, type: "opened", data: { settingsRevision: session.settings_revision } };
}

function ending(sessionId: string, session: Span, seq: number): TimelineEntry[] {
  if (session.detected_at_ms === null) return [];
  const data = {
    reason: session.reason,
    tier: session.tier,
    detail: session.detail,
    resourcesReleased: session.resources_released,
    resourcesFailed: JSON.parse(session.resources_failed ?? "[]"),
    settingsRevision: session.end_revision,
  };
  return [{ seq, atMs: session.detected_at_ms, sessionId, type: "ended", data }];
}
