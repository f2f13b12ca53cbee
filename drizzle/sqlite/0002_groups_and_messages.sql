ALTER TABLE `boots` ADD `last_group` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `boots` ADD `last_refused` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX `messages_sent` ON `messages` (`sent_at_ms`);