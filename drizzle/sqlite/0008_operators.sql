CREATE TABLE `operator_sign_ins` (
	`id` text PRIMARY KEY NOT NULL,
	`operator` text NOT NULL,
	`way` text NOT NULL,
	`address` text NOT NULL,
	`client` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `operators` (
	`name` text PRIMARY KEY NOT NULL,
	`role` text NOT NULL,
	`password` text,
	`subject` text,
	`created_at_ms` integer NOT NULL,
	`created_by` text NOT NULL,
	`disabled_at_ms` integer,
	`last_sign_in_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `operators_subject` ON `operators` (`subject`);--> statement-breakpoint
CREATE INDEX `events_operator` ON `events` (`seq`) WHERE type = 'operator_action';