/** Invariants of every ledger, whatever happened to the server. Each check is one SQL query that finds violations. */
import type { Column } from "drizzle-orm/column";
import { getTableColumns } from "drizzle-orm/utils";
import { COUNTED } from "../countedEvents.ts";
import { DAY_MS, HOUR_MS } from "../durations.ts";
import { ENDS_PER_MS } from "../endId.ts";
import { ends } from "../schema.sqlite.ts";
import { EVENTS_MOST } from "../write/eventWriter.ts";

export interface LedgerCheck {
  /** Short and stable, for scripts. */
  readonly name: string;
  /** The invariant in words. */
  readonly holds: string;
  /** Query that counts the rows examined. */
  readonly looksAt: string;
  /** Query that returns one row per violation, with a column `problem`. */
  readonly wrong: string;
}

const iso = (column: string) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

/** Schema objects that prevent second, changed or lost ends and maintain the roll-up's sums. */
const guards = [
  "ends_close_session",
  "ends_once",
  "ends_are_final",
  "ends_stay",
  "sessions_stay_ended",
  "sessions_end_by_their_end",
  "ends_session",
  "sessions_session_id",
  "rollup_adds",
  "rollup_counts",
  "rollup_takes",
  "ends_late",
];

/** Columns of an end that hold JSON. */
const evidence = Object.values<Column>(getTableColumns(ends))
  .filter(({ dataType }) => dataType === "json")
  .map(({ name }) => name);

/**
 * The roll-up has one row per hour, tier, reason, initiator and detection time bucket. Retention removes ends but keeps the counts, and
 * has removed none detected at or after `kept_from_ms`. From there on rows and counts must be equal; before it there may be fewer rows
 * than counts, never more.
 */
const rollupDifference = `
  WITH counted AS (
    SELECT hour_at_ms, tier, reason, initiator, detection_up_to_ms, count, 0 AS rows FROM rollup
    UNION ALL
    SELECT detected_at_ms / ${HOUR_MS} * ${HOUR_MS}, tier, reason, initiator, detection_bucket(detection_ms), 0, count(*)
    FROM ends NOT INDEXED GROUP BY 1, 2, 3, 4, 5
  )
  SELECT 'the hour of ' || ${iso("hour_at_ms")} || ' counts ' || sum(count) || ' ends of ' || tier || ', ' || reason || ', '
    || initiator || ', up to ' || detection_up_to_ms || ' ms, and has ' || sum(rows) || ' rows' AS problem
  FROM counted GROUP BY hour_at_ms, tier, reason, initiator, detection_up_to_ms
  HAVING sum(rows) > sum(count)
    OR (sum(rows) < sum(count) AND hour_at_ms >= (SELECT coalesce(max(kept_from_ms), 0) FROM retention))`;

/** Compares the roll-up's two sums with the roll-up itself. */
const sumsDifference = `
  WITH sums AS (
    SELECT 'hour' AS span, hour_at_ms AS at_ms, tier, reason, initiator, 0 AS up_to_ms, count AS kept, 0 AS counted FROM rollup_hours
    UNION ALL SELECT 'hour', hour_at_ms, tier, reason, initiator, 0, 0, count FROM rollup
    UNION ALL SELECT 'day', day_at_ms, tier, reason, initiator, detection_up_to_ms, count, 0 FROM rollup_days
    UNION ALL SELECT 'day', hour_at_ms / ${DAY_MS} * ${DAY_MS}, tier, reason, initiator, detection_up_to_ms, 0, count FROM rollup
  )
  SELECT 'the ' || span || ' of ' || ${iso("at_ms")} || ' sums up to ' || sum(kept) || ' ends of ' || tier || ', ' || reason || ', '
    || initiator || ', and the roll-up to ' || sum(counted) AS problem
  FROM sums GROUP BY span, at_ms, tier, reason, initiator, up_to_ms HAVING sum(kept) <> sum(counted)`;

/** Compares late ends per hour as counted and as stored. Those removed by retention are counted but have no rows. */
const lateDifference = `
  WITH counted AS (
    SELECT hour_at_ms, reason, cause, count, 0 AS rows FROM rollup_late
    UNION ALL
    SELECT detected_at_ms / ${HOUR_MS} * ${HOUR_MS}, reason, late_cause, 0, count(*)
    FROM ends NOT INDEXED WHERE late_cause IS NOT NULL GROUP BY 1, 2, 3
  )
  SELECT 'the hour of ' || ${iso("hour_at_ms")} || ' counts ' || sum(count) || ' late ends of ' || reason || ' (' || cause || ') and has '
    || sum(rows) || ' rows' AS problem
  FROM counted GROUP BY hour_at_ms, reason, cause
  HAVING sum(rows) > sum(count)
    OR (sum(rows) < sum(count) AND hour_at_ms >= (SELECT coalesce(max(kept_from_ms), 0) FROM retention))`;

/** Earlier versions kept all events of a session, so only one that has counted some has a bound. */
const eventsUnbounded = `
  SELECT session_id || ' has ' || count(*) || ' events, and ' || sum(type = '${COUNTED}') || ' rows that count others' AS problem
  FROM events WHERE session_id IN (SELECT session_id FROM events WHERE type = '${COUNTED}')
  GROUP BY session_id HAVING sum(type = '${COUNTED}') > 1 OR count(*) > ${EVENTS_MOST}
  UNION ALL
  SELECT session_id || ' counts ' || (data ->> 'count') || ' events, and ' || total(types.value) || ' of their kinds'
  FROM events, json_each(data, '$.types') types WHERE events.type = '${COUNTED}'
  GROUP BY seq HAVING total(types.value) <> data ->> 'count'`;

export const ledgerChecks: readonly LedgerCheck[] = [
  {
    name: "guards",
    holds: "the triggers and indexes that forbid a second, a changed or a lost end and keep the sums are in place",
    looksAt: `SELECT ${guards.length}`,
    wrong: `SELECT value || ' is missing from the schema' AS problem FROM json_each('${JSON.stringify(guards)}')
            WHERE value NOT IN (SELECT name FROM sqlite_schema)`,
  },
  {
    name: "one-end",
    holds: "no session has more than one end",
    looksAt: "SELECT count(*) FROM ends",
    wrong: `SELECT 'session number ' || session || ' has ' || count(*) || ' ends' AS problem FROM ends NOT INDEXED
            GROUP BY session HAVING count(*) > 1`,
  },
  {
    name: "end-has-opening",
    holds: "every end belongs to a session that was opened",
    looksAt: "SELECT count(*) FROM ends",
    wrong: `SELECT 'the end ' || id || ' belongs to session number ' || session || ', which was never opened' AS problem FROM ends
            WHERE session NOT IN (SELECT id FROM sessions)`,
  },
  {
    name: "ended-or-open",
    holds: "every session has its end or is open, and is marked accordingly",
    looksAt: "SELECT count(*) FROM sessions",
    wrong: `SELECT s.session_id || iif(e.id IS NULL, ' is marked as ended and has no end', ' is marked as open and has an end') AS problem
            FROM sessions s LEFT JOIN ends e ON e.session = s.id WHERE (e.id IS NULL) <> (s.open = 1)`,
  },
  {
    name: "open-is-live",
    holds: "sessions are open only under the latest server, and only while it has not stopped",
    looksAt: "SELECT count(*) FROM sessions WHERE open = 1",
    wrong: `SELECT s.session_id || ' is open although its server (boot ' || s.boot || ') ' ||
              iif(b.id IS NULL, 'is unknown', iif(b.stopped_at_ms IS NULL, 'was followed by another', 'stopped')) AS problem
            FROM sessions s LEFT JOIN boots b ON b.id = s.boot
            WHERE s.open = 1 AND (b.id IS NULL OR b.stopped_at_ms IS NOT NULL OR b.id < (SELECT max(id) FROM boots))`,
  },
  {
    name: "end-copies-session",
    holds: "the user, the user id and the address of an end match its session",
    looksAt: "SELECT count(*) FROM ends",
    wrong: `SELECT s.session_id || ' was opened by ' || concat_ws(' ', s.user, s.user_id) || ' from ' || s.address ||
              ', its end says ' || concat_ws(' ', e.user, e.user_id) || ' from ' || e.address AS problem
            FROM ends e JOIN sessions s ON s.id = e.session WHERE s.user <> e.user OR s.user_id IS NOT e.user_id OR s.address <> e.address`,
  },
  {
    name: "end-in-time-order",
    holds: "the id of an end is not before its detection time",
    looksAt: "SELECT count(*) FROM ends",
    wrong: `SELECT 'the end ' || id || ' was detected at ' || ${iso("detected_at_ms")} || ', after its number' AS problem
            FROM ends NOT INDEXED WHERE id / ${ENDS_PER_MS} < detected_at_ms`,
  },
  {
    name: "evidence-readable",
    holds: "the evidence of every end is readable",
    looksAt: "SELECT count(*) FROM ends",
    wrong: `SELECT 'the end ' || id || ' holds evidence that is not JSON' AS problem FROM ends NOT INDEXED
            WHERE ${evidence.map((column) => `NOT json_valid(coalesce(${column}, 'null'))`).join(" OR ")}`,
  },
  {
    name: "rollup",
    holds: "the counts per hour match the rows, plus those that retention has removed",
    looksAt: "SELECT coalesce(sum(count), 0) FROM rollup",
    wrong: rollupDifference,
  },
  {
    name: "late-is-said",
    holds: "an end has a late cause exactly if it was detected after its bound",
    looksAt: "SELECT count(*) FROM ends",
    wrong: `SELECT 'the end ' || id || ' was found in ' || detection_ms || ' ms, its bound is ' || coalesce(bound_ms, 'none') ||
              ', and it says ' || coalesce(late_cause, 'nothing') AS problem
            FROM ends NOT INDEXED WHERE coalesce(detection_ms > bound_ms, 0) <> (late_cause IS NOT NULL)`,
  },
  {
    name: "rollup-late",
    holds: "the counts of late ends match the rows, plus those that retention has removed",
    looksAt: "SELECT coalesce(sum(count), 0) FROM rollup_late",
    wrong: lateDifference,
  },
  {
    name: "retention-by-trusted-time",
    holds: "retention has removed nothing later than its trusted time allows",
    looksAt: "SELECT count(*) FROM retention",
    wrong: `SELECT 'ends before ' || ${iso("kept_from_ms")} || ' were removed when it was ' || ${iso("trusted_at_ms")} AS problem
            FROM retention WHERE kept_from_ms > trusted_at_ms`,
  },
  {
    name: "rollup-sums",
    holds: "the sums per hour and per day match the roll-up",
    looksAt: "SELECT (SELECT count(*) FROM rollup_hours) + (SELECT count(*) FROM rollup_days)",
    wrong: sumsDifference,
  },
  {
    name: "events-bounded",
    holds: `a session of which events are counted has at most ${EVENTS_MOST.toLocaleString("en")} rows, and the count is that of its kinds`,
    looksAt: `SELECT count(*) FROM events WHERE type = '${COUNTED}'`,
    wrong: eventsUnbounded,
  },
  {
    name: "words",
    holds: "every end is in the word index, and nothing else is",
    looksAt: "SELECT count(*) FROM ends_words_docsize",
    wrong: `SELECT 'the end ' || id || ' is not in the index of words' AS problem FROM ends
            WHERE id NOT IN (SELECT id FROM ends_words_docsize)
            UNION ALL
            SELECT 'the index of words has an entry ' || id || ' without an end' FROM ends_words_docsize
            WHERE id NOT IN (SELECT id FROM ends)`,
  },
  {
    name: "file",
    holds: "SQLite's integrity check finds tables and indexes sound",
    looksAt: "SELECT page_count FROM pragma_page_count",
    wrong: "SELECT integrity_check AS problem FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
  },
];
