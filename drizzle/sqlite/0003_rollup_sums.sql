CREATE TABLE `rollup_days` (
	`day_at_ms` integer NOT NULL,
	`tier` text NOT NULL,
	`reason` text NOT NULL,
	`initiator` text NOT NULL,
	`detection_up_to_ms` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`day_at_ms`, `tier`, `reason`, `initiator`, `detection_up_to_ms`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `rollup_hours` (
	`hour_at_ms` integer NOT NULL,
	`tier` text NOT NULL,
	`reason` text NOT NULL,
	`initiator` text NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`hour_at_ms`, `tier`, `reason`, `initiator`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO rollup_hours (hour_at_ms, tier, reason, initiator, count)
SELECT hour_at_ms, tier, reason, initiator, sum(count) FROM rollup GROUP BY 1, 2, 3, 4;
--> statement-breakpoint
INSERT INTO rollup_days (day_at_ms, tier, reason, initiator, detection_up_to_ms, count)
SELECT hour_at_ms / 86400000 * 86400000, tier, reason, initiator, detection_up_to_ms, sum(count) FROM rollup GROUP BY 1, 2, 3, 4, 5;
--> statement-breakpoint
-- The sums follow the roll-up by themselves, in the same transaction.
CREATE TRIGGER rollup_adds AFTER INSERT ON rollup BEGIN
  INSERT INTO rollup_hours (hour_at_ms, tier, reason, initiator, count)
  VALUES (NEW.hour_at_ms, NEW.tier, NEW.reason, NEW.initiator, NEW.count)
  ON CONFLICT DO UPDATE SET count = count + excluded.count;
  INSERT INTO rollup_days (day_at_ms, tier, reason, initiator, detection_up_to_ms, count)
  VALUES (NEW.hour_at_ms / 86400000 * 86400000, NEW.tier, NEW.reason, NEW.initiator, NEW.detection_up_to_ms, NEW.count)
  ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;
--> statement-breakpoint
CREATE TRIGGER rollup_counts AFTER UPDATE OF count ON rollup BEGIN
  INSERT INTO rollup_hours (hour_at_ms, tier, reason, initiator, count)
  VALUES (NEW.hour_at_ms, NEW.tier, NEW.reason, NEW.initiator, NEW.count - OLD.count)
  ON CONFLICT DO UPDATE SET count = count + excluded.count;
  INSERT INTO rollup_days (day_at_ms, tier, reason, initiator, detection_up_to_ms, count)
  VALUES (NEW.hour_at_ms / 86400000 * 86400000, NEW.tier, NEW.reason, NEW.initiator, NEW.detection_up_to_ms, NEW.count - OLD.count)
  ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;
--> statement-breakpoint
CREATE TRIGGER rollup_takes AFTER DELETE ON rollup BEGIN
  INSERT INTO rollup_hours (hour_at_ms, tier, reason, initiator, count)
  VALUES (OLD.hour_at_ms, OLD.tier, OLD.reason, OLD.initiator, -OLD.count)
  ON CONFLICT DO UPDATE SET count = count + excluded.count;
  INSERT INTO rollup_days (day_at_ms, tier, reason, initiator, detection_up_to_ms, count)
  VALUES (OLD.hour_at_ms / 86400000 * 86400000, OLD.tier, OLD.reason, OLD.initiator, OLD.detection_up_to_ms, -OLD.count)
  ON CONFLICT DO UPDATE SET count = count + excluded.count;
END;
