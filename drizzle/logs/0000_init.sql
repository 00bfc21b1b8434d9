CREATE TABLE `run_logs` (
	`run_id` integer NOT NULL,
	`seq` integer NOT NULL,
	`at` text NOT NULL,
	`level` text NOT NULL,
	`event` text NOT NULL,
	`message` text NOT NULL,
	`fields` text,
	PRIMARY KEY(`run_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `run_logs_at` ON `run_logs` (`at`);