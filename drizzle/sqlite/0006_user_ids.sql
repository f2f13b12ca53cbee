ALTER TABLE `ends` ADD `user_id` text;
--> statement-breakpoint
CREATE INDEX `ends_user_id` ON `ends` (`user_id`) WHERE user_id IS NOT NULL;
--> statement-breakpoint
ALTER TABLE `messages` ADD `user_id` text;
--> statement-breakpoint
ALTER TABLE `sessions` ADD `user_id` text;
--> statement-breakpoint
DROP VIEW cleanups;
--> statement-breakpoint
DROP VIEW ended_sessions;
--> statement-breakpoint
-- Every ended session with its evidence, one row each. Times are epoch milliseconds; the ones in words are UTC.
CREATE VIEW ended_sessions AS
SELECT
  s.session_id,
  s.kind,
  s.user,
  s.user_id,
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
--> statement-breakpoint
-- Its former name, for queries written before.
CREATE VIEW cleanups AS SELECT * FROM ended_sessions;
--> statement-breakpoint
DROP VIEW open_sessions;
--> statement-breakpoint
-- Sessions that have not ended. `alive_at_ms` is the last proof that the server that opened them was running.
CREATE VIEW open_sessions AS
SELECT
  s.session_id,
  s.kind,
  s.user,
  s.user_id,
  s.room,
  s.address,
  s.client,
  s.transport,
  s.opened_at_ms,
  s.settings_revision,
  strftime('%Y-%m-%d %H:%M:%f', s.opened_at_ms / 1000.0, 'unixepoch') AS opened_at,
  b.pid,
  b.alive_at_ms
FROM sessions s JOIN boots b ON b.id = s.boot
WHERE s.open = 1;
