/**
 * The timeline of a session, from opening to end, including server events in between. A client can cause thousands of events (1,500
 * take-overs), so those in the middle are counted in the database and become one entry; what the ledger keeps of them is there in pages
 * (rule LED9).
 */
import type Database from "better-sqlite3";
import {
  type CountedEvents,
  FOLD_KEEPS,
  type FoldedEvents,
  type TimelinePage,
  type TimelinePageQuery,
} from "../../contract/timeline.ts";
import type { TimelineEntry } from "../../contract/views.ts";
import { addUpEvents, COUNTED, type EventCount } from "../countedEvents.ts";

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

/** Which events, all bounds exclusive but the times. */
interface Range {
  readonly id: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly after: number;
  readonly before: number;
  readonly limit: number;
}

interface Count extends EventCount {
  readonly fromMs: number;
}

/** The session's own events, and the server's meanwhile. Only seq orders them: wall clocks jump. */
const events = `(
  SELECT seq, at_ms, session_id, type, data FROM events WHERE session_id = @id AND seq > @after AND seq < @before
  UNION ALL
  SELECT seq, at_ms, session_id, type, data FROM events WHERE session_id IS NULL AND at_ms BETWEEN @fromMs AND @untilMs
    AND type IN ('settings_changed', 'pause', 'memory_level') AND seq > @after AND seq < @before
)`;
/** Beyond this number a timeline is folded. */
const UNFOLDED_MOST = FOLD_KEEPS * 2 + FOLD_KEEPS / 2;
const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER };

export interface TimelineAnswers {
  /** The whole, folded. */
  timeline(sessionId: string): TimelineEntry[];
  timelinePage(asked: TimelinePageQuery & { readonly id: string }): TimelinePage;
}

export function createTimeline(database: Database.Database): TimelineAnswers {
  const span = database.prepare<[string], Span>(
    `SELECT s.opened_at_ms, s.settings_revision, e.detected_at_ms, e.reason, e.tier, e.detail, e.resources_released,
            e.resources_failed, e.settings_revision AS end_revision
     FROM sessions s LEFT JOIN ends e ON e.session = s.id WHERE s.session_id = ?`,
  );
  const first = database.prepare<[Range], EventRow>(`SELECT * FROM ${events} ORDER BY seq LIMIT @limit`);
  const last = database.prepare<[Range], EventRow>(`SELECT * FROM ${events} ORDER BY seq DESC LIMIT @limit`);
  const counts = database.prepare<[Range], Count>(
    `SELECT type, count(*) AS count, min(at_ms) AS fromMs, max(at_ms) AS untilMs FROM ${events} GROUP BY type`,
  );
  const counted = database.prepare<[Range], string>(`SELECT data FROM ${events} WHERE type = '${COUNTED}'`).pluck();
  const rangeOf = (id: string, session: Span | undefined): Range => {
    // No session: no time, so none of the server's events.
    const [fromMs, untilMs] =
      session === undefined ? [1, 0] : [session.opened_at_ms, session.detected_at_ms ?? Number.MAX_SAFE_INTEGER];
    return { id, fromMs, untilMs, ...ALL, limit: UNFOLDED_MOST + 1 };
  };
  const foldedEvents = (range: Range): TimelineEntry[] => {
    const rows = first.all(range);
    if (rows.length <= UNFOLDED_MOST) return rows.map(entryOf);
    const head = rows.slice(0, FOLD_KEEPS);
    const tail = last.all({ ...range, limit: FOLD_KEEPS }).reverse();
    const after = head.at(-1)?.seq ?? 0;
    const between = { ...range, after, before: tail[0]?.seq ?? 0 };
    const earlier = counted.all(between).map((data) => JSON.parse(data) as CountedEvents);
    const folded = foldedEntry(counts.all(between), earlier, { after, sessionId: range.id });
    return [...head.map(entryOf), folded, ...tail.map(entryOf)];
  };
  return {
    timeline(sessionId) {
      const session = span.get(sessionId);
      const entries = foldedEvents(rangeOf(sessionId, session));
      if (session === undefined) return entries;
      return [opening(sessionId, session), ...entries, ...ending(sessionId, session, (entries.at(-1)?.seq ?? 0) + 1)];
    },
    timelinePage({ id, after, limit }) {
      const rows = first.all({ ...rangeOf(id, span.get(id)), after, limit: limit + 1 });
      const entries = rows.slice(0, limit).map(entryOf);
      return { entries, nextAfter: rows.length > limit ? (entries.at(-1)?.seq ?? null) : null };
    },
  };
}

function foldedEntry(
  counts: readonly Count[],
  earlier: readonly CountedEvents[],
  { after, sessionId }: { readonly after: number; readonly sessionId: string },
): TimelineEntry {
  const sums = addUpEvents(
    counts.filter(({ type }) => type !== COUNTED),
    earlier,
  );
  const data: FoldedEvents = { ...sums, after };
  return { seq: after + 1, atMs: Math.min(...counts.map(({ fromMs }) => fromMs)), sessionId, type: "folded", data: { ...data } };
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
