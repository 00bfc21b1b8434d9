CREATE TABLE `asset_analyses` (
	`symbol` text NOT NULL,
	`period` text NOT NULL,
	`interval` text NOT NULL,
	`as_of` text NOT NULL,
	`profile` text NOT NULL,
	`data_source` text NOT NULL,
	`recommendation` text NOT NULL,
	`priority` text NOT NULL,
	`price` real NOT NULL,
	`payload` text NOT NULL,
	`computed_at` text NOT NULL,
	PRIMARY KEY(`symbol`, `period`, `interval`, `as_of`, `profile`),
	CONSTRAINT "asset_analyses_interval" CHECK("interval" in ('1d', '1wk')),
	CONSTRAINT "asset_analyses_source" CHECK("data_source" in ('sample', 'csv', 'yahoo')),
	CONSTRAINT "asset_analyses_priority" CHECK("priority" in ('LOW', 'MEDIUM', 'HIGH')),
	CONSTRAINT "asset_analyses_payload_json" CHECK("payload" is null or json_valid("payload"))
);
--> statement-breakpoint
CREATE INDEX `asset_analyses_as_of` ON `asset_analyses` (`as_of`);--> statement-breakpoint
CREATE TABLE `assets` (
	`asset_id` text PRIMARY KEY NOT NULL,
	`portfolio_id` text NOT NULL,
	`asset_symbol` text NOT NULL,
	`quantity` real,
	`acquisition_price` real,
	`position` integer NOT NULL,
	FOREIGN KEY (`portfolio_id`) REFERENCES `portfolios`(`portfolio_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `assets_portfolio` ON `assets` (`portfolio_id`,`position`);--> statement-breakpoint
CREATE TABLE `portfolio_alerts` (
	`user_id` text NOT NULL,
	`symbol` text NOT NULL,
	`type` text NOT NULL,
	`bar_date` text NOT NULL,
	`priority` text NOT NULL,
	`description` text NOT NULL,
	`recommendation` text NOT NULL,
	`price` real NOT NULL,
	`run_id` integer NOT NULL,
	`created_at` text NOT NULL,
	`delivered_at` text,
	PRIMARY KEY(`user_id`, `symbol`, `type`, `bar_date`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "portfolio_alerts_priority" CHECK("priority" in ('LOW', 'MEDIUM', 'HIGH'))
);
--> statement-breakpoint
CREATE INDEX `portfolio_alerts_bar_date` ON `portfolio_alerts` (`bar_date`);--> statement-breakpoint
CREATE INDEX `portfolio_alerts_undelivered` ON `portfolio_alerts` (`bar_date`) WHERE "delivered_at" is null;--> statement-breakpoint
CREATE TABLE `portfolio_config` (
	`user_id` text PRIMARY KEY NOT NULL,
	`portfolio_tickers` text,
	`scan_sp500` integer DEFAULT true NOT NULL,
	`scan_crypto` integer DEFAULT true NOT NULL,
	`max_candidates` integer DEFAULT 10 NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "portfolio_config_tickers_json" CHECK("portfolio_tickers" is null or json_valid("portfolio_tickers")),
	CONSTRAINT "portfolio_config_max" CHECK(max_candidates between 0 and 100)
);
--> statement-breakpoint
CREATE TABLE `portfolio_contents` (
	`sha256` text PRIMARY KEY NOT NULL,
	`content` blob NOT NULL
);
--> statement-breakpoint
CREATE TABLE `portfolio_files` (
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`revision` integer NOT NULL,
	`run_id` integer NOT NULL,
	`analysed_at` text NOT NULL,
	PRIMARY KEY(`user_id`, `name`),
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`sha256`) REFERENCES `portfolio_contents`(`sha256`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "portfolio_files_name" CHECK("name" in ('portfolio_informe.md', 'mercado_informe.md', 'mercado_analisis.json', 'portfolio_analisis.json'))
);
--> statement-breakpoint
CREATE INDEX `portfolio_files_content` ON `portfolio_files` (`sha256`);--> statement-breakpoint
CREATE TABLE `portfolio_results` (
	`run_id` integer NOT NULL,
	`user_id` text NOT NULL,
	`state` text NOT NULL,
	`symbols` integer NOT NULL,
	`failed_symbols` integer NOT NULL,
	`files_changed` integer NOT NULL,
	`problem` text,
	`created_at` text NOT NULL,
	PRIMARY KEY(`run_id`, `user_id`),
	FOREIGN KEY (`run_id`) REFERENCES `job_runs`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "portfolio_results_state" CHECK("state" in ('ok', 'failed', 'empty', 'skipped'))
);
--> statement-breakpoint
CREATE INDEX `portfolio_results_user` ON `portfolio_results` (`user_id`,`run_id`);--> statement-breakpoint
CREATE INDEX `portfolio_results_created` ON `portfolio_results` (`created_at`);--> statement-breakpoint
CREATE TABLE `portfolios` (
	`portfolio_id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`portfolio_name` text NOT NULL,
	`description` text,
	`position` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`user_id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `portfolios_user` ON `portfolios` (`user_id`,`position`);--> statement-breakpoint
CREATE TABLE `radar_candidates` (
	`market` text NOT NULL,
	`as_of` text NOT NULL,
	`profile` text NOT NULL,
	`rank` integer NOT NULL,
	`symbol` text NOT NULL,
	`radar` text NOT NULL,
	`score` real NOT NULL,
	`metrics` text NOT NULL,
	PRIMARY KEY(`market`, `as_of`, `profile`, `rank`),
	FOREIGN KEY (`market`,`as_of`,`profile`) REFERENCES `radar_scans`(`market`,`as_of`,`profile`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "radar_candidates_metrics_json" CHECK("metrics" is null or json_valid("metrics"))
);
--> statement-breakpoint
CREATE INDEX `radar_candidates_symbol` ON `radar_candidates` (`symbol`,`as_of`);--> statement-breakpoint
CREATE TABLE `radar_scans` (
	`market` text NOT NULL,
	`as_of` text NOT NULL,
	`profile` text NOT NULL,
	`data_source` text NOT NULL,
	`regime` text NOT NULL,
	`regime_info` text NOT NULL,
	`radars_used` text NOT NULL,
	`scanned` integer NOT NULL,
	`skipped` text NOT NULL,
	`universe_source` text NOT NULL,
	`universe_as_of` text,
	`scanned_at` text NOT NULL,
	PRIMARY KEY(`market`, `as_of`, `profile`),
	CONSTRAINT "radar_scans_market" CHECK("market" in ('sp500', 'crypto30')),
	CONSTRAINT "radar_scans_source" CHECK("data_source" in ('sample', 'csv', 'yahoo')),
	CONSTRAINT "radar_scans_regime_json" CHECK("regime_info" is null or json_valid("regime_info")),
	CONSTRAINT "radar_scans_skipped_json" CHECK("skipped" is null or json_valid("skipped"))
);
--> statement-breakpoint
CREATE INDEX `radar_scans_as_of` ON `radar_scans` (`as_of`);--> statement-breakpoint
CREATE TABLE `users` (
	`user_id` text PRIMARY KEY NOT NULL,
	`email` text,
	`first_name` text,
	`last_name` text,
	`timezone` text,
	`active` integer DEFAULT true NOT NULL,
	`source` text DEFAULT 'local' NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	CONSTRAINT "users_source" CHECK("source" in ('sample', 'local', 'supabase'))
);
--> statement-breakpoint
CREATE INDEX `users_created` ON `users` (`created_at`,`user_id`);