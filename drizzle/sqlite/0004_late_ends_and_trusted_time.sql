CREATE TABLE `rollup_late` (
	`hour_at_ms` integer NOT NULL,
	`tier` text NOT NULL,
	`reason` text NOT NULL,
	`initiator` text NOT NULL,
	`cause` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`hour_at_ms`, `tier`, `reason`, `initiator`, `cause`)
) WITHOUT ROWID;
--> statement-breakpoint
ALTER TABLE `ends` ADD `late_cause` text;
--> statement-breakpoint
ALTER TABLE `retention` ADD `trusted_at_ms` integer;
--> statement-breakpoint
-- Of the ends that are here already nobody wrote down why they were late: a pause during the session is the likeliest cause.
DROP TRIGGER ends_are_final;
--> statement-breakpoint
UPDATE ends SET late_cause = CASE WHEN pauses > 0 THEN 'pause' ELSE 'unknown' END WHERE detection_ms > bound_ms;
--> statement-breakpoint
CREATE TRIGGER ends_are_final BEFORE UPDATE ON ends BEGIN
  SELECT RAISE(ABORT, 'an end is final');
END;
--> statement-breakpoint
INSERT INTO rollup_late (hour_at_ms, tier, reason, initiator, cause, count)
SELECT detected_at_ms / 3600000 * 3600000, tier, reason, initiator, late_cause, count(*)
FROM ends NOT INDEXED WHERE late_cause IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
--> statement-breakpoint
-- Late ends are counted in the transaction that stores them.
CREATE TRIGGER ends_late AFTER INSERT ON ends WHEN NEW.late_cause IS NOT NULL BEGIN
  INSERT INTO rollup_late (hour_at_ms, tier, reason, initiator, cause, count)
  VALUES (NEW.detected_at_ms / 3600000 * 3600000, NEW.tier, NEW.reason, NEW.initiator, NEW.late_cause, 1)
  ON CONFLICT DO UPDATE SET count = count + 1;
END;
--> statement-breakpoint
DROP VIEW cleanups;
--> statement-breakpoint
-- Every ended session with its evidence, one row each. Times are epoch milliseconds; the ones in words are UTC.
CREATE VIEW cleanups AS
SELECT
  s.session_id,
  s.kind,
  s.user,
  s.room,
  s.address,
  s.client,
  s.transport,
  s.opened_at_ms,
  e.reason,
  e.tier,
  e.initiator,
  e.close_code,
  e.detail,
  e.note,
  e.operator,
  e.last_seen_at_ms,
  e.last_active_at_ms,
  e.detected_at_ms,
  e.released_at_ms,
  e.detection_ms,
  e.bound_ms,
  e.late_cause,
  e.cleanup_ms,
  e.cleanup,
  e.resources_released,
  e.resources_failed,
  e.misses,
  e.round_trips_ms,
  e.settings_revision,
  e.pauses,
  e.paused_ms,
  e.memory_level,
  e.eviction,
  e.resume_expired,
  e.crashed_between_ms,
  strftime('%Y-%m-%d %H:%M:%f', s.opened_at_ms / 1000.0, 'unixepoch') AS opened_at,
  strftime('%Y-%m-%d %H:%M:%f', e.detected_at_ms / 1000.0, 'unixepoch') AS detected_at,
  e.released_at_ms - s.opened_at_ms AS lasted_ms,
  e.id AS end_id
FROM ends e JOIN sessions s ON s.id = e.session;
