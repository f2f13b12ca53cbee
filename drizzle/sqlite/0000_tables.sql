CREATE TABLE `boots` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`pid` integer NOT NULL,
	`version` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`alive_at_ms` integer NOT NULL,
	`stopped_at_ms` integer
);
--> statement-breakpoint
CREATE TABLE `ends` (
	`id` integer PRIMARY KEY NOT NULL,
	`session` integer NOT NULL,
	`user` text NOT NULL,
	`address` text NOT NULL,
	`reason` text NOT NULL,
	`tier` text NOT NULL,
	`initiator` text NOT NULL,
	`close_code` integer,
	`detail` text NOT NULL,
	`note` text,
	`operator` text,
	`last_seen_at_ms` integer NOT NULL,
	`last_active_at_ms` integer NOT NULL,
	`detected_at_ms` integer NOT NULL,
	`released_at_ms` integer NOT NULL,
	`detection_ms` integer NOT NULL,
	`bound_ms` integer,
	`cleanup_ms` integer NOT NULL,
	`cleanup` text NOT NULL,
	`resources_released` integer NOT NULL,
	`resources_failed` text NOT NULL,
	`misses` integer NOT NULL,
	`round_trips_ms` text NOT NULL,
	`settings_revision` integer NOT NULL,
	`pauses` integer NOT NULL,
	`paused_ms` integer NOT NULL,
	`memory_level` text NOT NULL,
	`eviction` text,
	`resume_expired` integer NOT NULL,
	`crashed_between_ms` text,
	FOREIGN KEY (`session`) REFERENCES `sessions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ends_session` ON `ends` (`session`);--> statement-breakpoint
CREATE INDEX `ends_tier` ON `ends` (`tier`);--> statement-breakpoint
CREATE INDEX `ends_reason` ON `ends` (`reason`);--> statement-breakpoint
CREATE INDEX `ends_initiator` ON `ends` (`initiator`);--> statement-breakpoint
CREATE INDEX `ends_user` ON `ends` (`user`);--> statement-breakpoint
CREATE INDEX `ends_address` ON `ends` (`address`);--> statement-breakpoint
CREATE INDEX `ends_slowest_detection` ON `ends` (`reason`,`detection_ms`);--> statement-breakpoint
CREATE INDEX `ends_slowest_cleanup` ON `ends` (`reason`,`cleanup_ms`);--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at_ms` integer NOT NULL,
	`session_id` text,
	`type` text NOT NULL,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_session` ON `events` (`session_id`) WHERE session_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `events_server` ON `events` (`at_ms`) WHERE session_id IS NULL;--> statement-breakpoint
CREATE TABLE `messages` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`room` text NOT NULL,
	`session_id` text NOT NULL,
	`user` text NOT NULL,
	`text` text NOT NULL,
	`sent_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_id` ON `messages` (`id`);--> statement-breakpoint
CREATE INDEX `messages_room` ON `messages` (`room`);--> statement-breakpoint
CREATE TABLE `retention` (
	`id` integer PRIMARY KEY NOT NULL,
	`kept_from_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rollup` (
	`hour_at_ms` integer NOT NULL,
	`tier` text NOT NULL,
	`reason` text NOT NULL,
	`initiator` text NOT NULL,
	`detection_up_to_ms` integer NOT NULL,
	`count` integer NOT NULL,
	PRIMARY KEY(`hour_at_ms`, `tier`, `reason`, `initiator`, `detection_up_to_ms`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` integer PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`boot` integer NOT NULL,
	`kind` text NOT NULL,
	`user` text NOT NULL,
	`room` text,
	`address` text NOT NULL,
	`client` text NOT NULL,
	`transport` text NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`settings_revision` integer NOT NULL,
	`open` integer DEFAULT 1 NOT NULL,
	FOREIGN KEY (`boot`) REFERENCES `boots`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_session_id` ON `sessions` (`session_id`);--> statement-breakpoint
CREATE INDEX `sessions_open` ON `sessions` (`boot`) WHERE open = 1;--> statement-breakpoint
CREATE TABLE `settings_revisions` (
	`revision` integer PRIMARY KEY NOT NULL,
	`author` text NOT NULL,
	`at_ms` integer NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL
);
