-- What the tables cannot say for themselves. Every statement ends with a breakpoint line.

-- An end closes its session, so that open sessions are found without looking at ended ones.
CREATE TRIGGER ends_close_session AFTER INSERT ON ends BEGIN
  UPDATE sessions SET open = 0 WHERE id = NEW.session;
END;
--> statement-breakpoint
-- A session ends once: the index ends_session keeps its end unique, and this one keeps a second end from replacing the first, for which
-- SQLite fires no trigger of removal.
CREATE TRIGGER ends_once BEFORE INSERT ON ends WHEN (SELECT open FROM sessions WHERE id = NEW.session) = 0 BEGIN
  SELECT RAISE(ABORT, 'a session ends once');
END;
--> statement-breakpoint
-- An end never changes, and leaves only together with its session.
CREATE TRIGGER ends_are_final BEFORE UPDATE ON ends BEGIN
  SELECT RAISE(ABORT, 'an end is final');
END;
--> statement-breakpoint
CREATE TRIGGER ends_stay BEFORE DELETE ON ends WHEN EXISTS (SELECT 1 FROM sessions WHERE id = OLD.session) BEGIN
  SELECT RAISE(ABORT, 'an end is removed only together with its session');
END;
--> statement-breakpoint
CREATE TRIGGER sessions_stay_ended BEFORE UPDATE OF open ON sessions WHEN NEW.open <> 0 AND OLD.open = 0 BEGIN
  SELECT RAISE(ABORT, 'an ended session cannot open again');
END;
--> statement-breakpoint
CREATE TRIGGER sessions_end_by_their_end BEFORE UPDATE OF open ON sessions
WHEN NEW.open = 0 AND NOT EXISTS (SELECT 1 FROM ends WHERE session = NEW.id) BEGIN
  SELECT RAISE(ABORT, 'a session is ended by a row in ends');
END;
--> statement-breakpoint
-- Words of an end, by ends.id. Holds no text of its own; without positions, so it is searched by words, not by phrases.
CREATE VIRTUAL TABLE ends_words USING fts5(words, content='', contentless_delete=1, detail=none, tokenize='unicode61');
--> statement-breakpoint
INSERT INTO retention (id, kept_from_ms) VALUES (1, 0);
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
-- Sessions that have not ended. `alive_at_ms` is the last proof that the server that opened them was running.
CREATE VIEW open_sessions AS
SELECT
  s.session_id,
  s.kind,
  s.user,
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
