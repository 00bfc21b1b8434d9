CREATE TABLE `audit_logs` (
	`uid` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`entity` text,
	`entity_id` text,
	`details` text,
	`correlation_id` text,
	`ip_hash` text,
	`created_at` text NOT NULL,
	CONSTRAINT "audit_logs_details_json" CHECK("details" is null or json_valid("details"))
);
--> statement-breakpoint
CREATE INDEX `audit_logs_tenant_created` ON `audit_logs` (`tenant_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `tenants` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_folded` text NOT NULL,
	`status` text DEFAULT 'active' NOT NULL,
	`timezone` text NOT NULL,
	`business_hours_start` text,
	`business_hours_end` text,
	`settings` text DEFAULT '{}' NOT NULL,
	`source` text DEFAULT 'local' NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	CONSTRAINT "tenants_slug" CHECK("tenants"."tenant_id" glob '[a-z0-9]*' and length("tenants"."tenant_id") between 2 and 50),
	CONSTRAINT "tenants_name_length" CHECK(length("tenants"."name") between 2 and 200),
	CONSTRAINT "tenants_status" CHECK("status" in ('active', 'inactive')),
	CONSTRAINT "tenants_source" CHECK("source" in ('sample', 'local')),
	CONSTRAINT "tenants_settings_json" CHECK("settings" is null or json_valid("settings"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_name_folded` ON `tenants` (`name_folded`);--> statement-breakpoint
CREATE TABLE `alerts` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`rule` text NOT NULL,
	`subject` text DEFAULT '' NOT NULL,
	`level` text NOT NULL,
	`state` text NOT NULL,
	`message` text NOT NULL,
	`first_seen` text NOT NULL,
	`last_seen` text NOT NULL,
	`resolved_at` text,
	`value` real,
	`threshold` real,
	`context` text,
	`delivered_at` text,
	CONSTRAINT "alerts_level" CHECK("level" in ('warning', 'critical')),
	CONSTRAINT "alerts_state" CHECK("state" in ('firing', 'resolved')),
	CONSTRAINT "alerts_resolved" CHECK(("state" = 'resolved') = ("resolved_at" is not null)),
	CONSTRAINT "alerts_context_json" CHECK("context" is null or json_valid("context"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alerts_one_firing` ON `alerts` (`rule`,`subject`) WHERE "state" = 'firing';--> statement-breakpoint
CREATE INDEX `alerts_last_seen` ON `alerts` (`last_seen`);--> statement-breakpoint
CREATE TABLE `job_runs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`uid` text NOT NULL,
	`job_name` text NOT NULL,
	`subject` text DEFAULT '' NOT NULL,
	`trigger` text NOT NULL,
	`attempt` integer DEFAULT 1 NOT NULL,
	`slot_at` text,
	`params` text,
	`start_time` text NOT NULL,
	`end_time` text,
	`status` text NOT NULL,
	`outcome` text,
	`tickers_processed` integer DEFAULT 0 NOT NULL,
	`errors_count` integer DEFAULT 0 NOT NULL,
	`progress_done` integer DEFAULT 0 NOT NULL,
	`progress_total` integer,
	`progress_item` text,
	`log_data` text,
	`retry_at` text,
	`heartbeat_at` text,
	`boot_id` text NOT NULL,
	`owner` text,
	`created_at` text NOT NULL,
	CONSTRAINT "job_runs_trigger" CHECK("trigger" in ('cron', 'catchup', 'startup', 'retry', 'manual', 'backfill')),
	CONSTRAINT "job_runs_status" CHECK("status" in ('running', 'completed', 'failed')),
	CONSTRAINT "job_runs_outcome" CHECK(("status" = 'running') = ("outcome" is null)),
	CONSTRAINT "job_runs_outcome_known" CHECK(outcome is null or "outcome" in ('ok', 'partial', 'failed', 'timed_out', 'cancelled', 'interrupted')),
	CONSTRAINT "job_runs_params_json" CHECK("params" is null or json_valid("params")),
	CONSTRAINT "job_runs_log_data_json" CHECK("log_data" is null or json_valid("log_data"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `job_runs_uid` ON `job_runs` (`uid`);--> statement-breakpoint
CREATE UNIQUE INDEX `job_runs_one_running` ON `job_runs` (`job_name`,`subject`) WHERE "status" = 'running';--> statement-breakpoint
CREATE INDEX `job_runs_job_start` ON `job_runs` (`job_name`,"start_time" desc);--> statement-breakpoint
CREATE INDEX `job_runs_slot` ON `job_runs` (`job_name`,`slot_at`);--> statement-breakpoint
CREATE TABLE `job_slots` (
	`job` text NOT NULL,
	`slot_at` text NOT NULL,
	`state` text NOT NULL,
	`reason` text,
	`trigger` text NOT NULL,
	`run_id` integer,
	`created_at` text NOT NULL,
	`settled_at` text,
	PRIMARY KEY(`job`, `slot_at`),
	CONSTRAINT "job_slots_state" CHECK("state" in ('due', 'running', 'done', 'skipped')),
	CONSTRAINT "job_slots_reason" CHECK(("state" = 'skipped') = ("reason" is not null)),
	CONSTRAINT "job_slots_reason_known" CHECK(reason is null or "reason" in ('overlap', 'late', 'disabled', 'coalesced', 'shutdown', 'nothing_new')),
	CONSTRAINT "job_slots_trigger" CHECK("trigger" in ('cron', 'catchup', 'startup', 'retry', 'manual', 'backfill'))
);
--> statement-breakpoint
CREATE TABLE `job_state` (
	`job` text PRIMARY KEY NOT NULL,
	`paused` integer DEFAULT false NOT NULL,
	`scheduled_through` text,
	`last_ok_at` text,
	`updated_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `bars` (
	`symbol` text NOT NULL,
	`interval` text NOT NULL,
	`date` text NOT NULL,
	`open` real NOT NULL,
	`high` real NOT NULL,
	`low` real NOT NULL,
	`close` real NOT NULL,
	`adj_close` real NOT NULL,
	`volume` real NOT NULL,
	PRIMARY KEY(`symbol`, `interval`, `date`),
	CONSTRAINT "bars_interval" CHECK("interval" in ('1d', '1wk'))
);
--> statement-breakpoint
CREATE TABLE `instruments` (
	`symbol` text PRIMARY KEY NOT NULL,
	`name` text,
	`kind` text,
	`currency` text,
	`exchange` text,
	`timezone` text,
	`source` text NOT NULL,
	`first_bar` text,
	`last_bar` text,
	`state` text DEFAULT 'active' NOT NULL,
	`problem` text,
	`checked_at` text NOT NULL,
	CONSTRAINT "instruments_source" CHECK("source" in ('sample', 'csv', 'yahoo')),
	CONSTRAINT "instruments_state" CHECK("state" in ('active', 'unknown', 'error'))
);
--> statement-breakpoint
CREATE TABLE `source_snapshots` (
	`source` text NOT NULL,
	`key` text NOT NULL,
	`as_of` text NOT NULL,
	`fetched_at` text NOT NULL,
	`payload` text NOT NULL,
	PRIMARY KEY(`source`, `key`, `as_of`),
	CONSTRAINT "source_snapshots_payload_json" CHECK("payload" is null or json_valid("payload"))
);
--> statement-breakpoint
CREATE INDEX `source_snapshots_latest` ON `source_snapshots` (`source`,`key`,`fetched_at`);--> statement-breakpoint
CREATE TABLE `universe_members` (
	`universe` text NOT NULL,
	`symbol` text NOT NULL,
	`name` text,
	`sector` text,
	`valid_from` text NOT NULL,
	`valid_to` text,
	PRIMARY KEY(`universe`, `symbol`, `valid_from`)
);
--> statement-breakpoint
CREATE TABLE `http_memory` (
	`peer` text NOT NULL,
	`subject` text DEFAULT '' NOT NULL,
	`kind` text NOT NULL,
	`reason` text NOT NULL,
	`status` integer,
	`since` text NOT NULL,
	`until` text NOT NULL,
	PRIMARY KEY(`peer`, `subject`)
);
--> statement-breakpoint
CREATE INDEX `http_memory_until` ON `http_memory` (`until`);--> statement-breakpoint
CREATE TABLE `http_usage` (
	`day` text NOT NULL,
	`system` text NOT NULL,
	`peer` text NOT NULL,
	`kind` text NOT NULL,
	`status_class` text NOT NULL,
	`requests` integer DEFAULT 0 NOT NULL,
	`retries` integer DEFAULT 0 NOT NULL,
	`errors` integer DEFAULT 0 NOT NULL,
	`bytes` integer DEFAULT 0 NOT NULL,
	`duration_ms` integer DEFAULT 0 NOT NULL,
	PRIMARY KEY(`day`, `system`, `peer`, `kind`, `status_class`)
);
--> statement-breakpoint
CREATE TABLE `analysis_details` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`recommendation_id` integer NOT NULL,
	`analysis_type` text NOT NULL,
	`raw_data` text,
	`indicators` text,
	`score` real,
	`metadata` text NOT NULL,
	`created_at` text NOT NULL,
	FOREIGN KEY (`recommendation_id`) REFERENCES `daily_recommendations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "analysis_details_type" CHECK("analysis_type" in ('technical', 'fundamental', 'macro', 'sentiment')),
	CONSTRAINT "analysis_details_raw_json" CHECK("raw_data" is null or json_valid("raw_data")),
	CONSTRAINT "analysis_details_indicators_json" CHECK("indicators" is null or json_valid("indicators")),
	CONSTRAINT "analysis_details_metadata_json" CHECK("metadata" is null or json_valid("metadata"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `analysis_details_recommendation_type` ON `analysis_details` (`recommendation_id`,`analysis_type`);--> statement-breakpoint
CREATE TABLE `daily_recommendations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`analysis_date` text NOT NULL,
	`ticker` text NOT NULL,
	`recommendation` text NOT NULL,
	`total_score` real NOT NULL,
	`confidence` real NOT NULL,
	`technical_score` real,
	`fundamental_score` real,
	`macro_score` real,
	`sentiment_score` real,
	`current_price` real,
	`target_price` real,
	`risk_level` text,
	`summary` text,
	`created_at` text NOT NULL,
	`company_name` text,
	`currency` text,
	`bar_date` text,
	`coverage` real NOT NULL,
	`scoring_profile` text NOT NULL,
	`data_source` text NOT NULL,
	`trigger` text NOT NULL,
	`job_run_id` integer,
	`revision` integer DEFAULT 1 NOT NULL,
	`updated_at` text NOT NULL,
	FOREIGN KEY (`job_run_id`) REFERENCES `job_runs`(`id`) ON UPDATE no action ON DELETE set null,
	CONSTRAINT "daily_recommendations_recommendation" CHECK("recommendation" in ('COMPRAR', 'MANTENER', 'VENDER')),
	CONSTRAINT "daily_recommendations_risk_level" CHECK("risk_level" in ('low', 'medium', 'high')),
	CONSTRAINT "daily_recommendations_profile" CHECK("scoring_profile" in ('legacy-1', 'v2')),
	CONSTRAINT "daily_recommendations_data_source" CHECK("data_source" in ('sample', 'csv', 'yahoo')),
	CONSTRAINT "daily_recommendations_total" CHECK("daily_recommendations"."total_score" between 0 and 100),
	CONSTRAINT "daily_recommendations_confidence" CHECK("daily_recommendations"."confidence" between 0 and 100),
	CONSTRAINT "daily_recommendations_coverage" CHECK("daily_recommendations"."coverage" between 0 and 1)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `daily_recommendations_date_ticker` ON `daily_recommendations` (`analysis_date`,`ticker`);--> statement-breakpoint
CREATE INDEX `daily_recommendations_ticker_date` ON `daily_recommendations` (`ticker`,"analysis_date" desc);--> statement-breakpoint
CREATE INDEX `daily_recommendations_date_score` ON `daily_recommendations` ("analysis_date" desc,"total_score" desc);--> statement-breakpoint
CREATE TABLE `rec_tickers` (
	`ticker` text PRIMARY KEY NOT NULL,
	`company_name` text NOT NULL,
	`sector` text NOT NULL,
	`kind` text NOT NULL,
	`quote_symbol` text NOT NULL,
	`quote_currency` text NOT NULL,
	`aliases` text NOT NULL,
	`news_query` text,
	`active` integer DEFAULT true NOT NULL,
	`valid_from` text,
	`valid_to` text,
	`position` integer NOT NULL,
	CONSTRAINT "rec_tickers_kind" CHECK("kind" in ('corporate', 'bank')),
	CONSTRAINT "rec_tickers_aliases_json" CHECK("aliases" is null or json_valid("aliases"))
);
--> statement-breakpoint
CREATE TABLE `recommendation_outcomes` (
	`recommendation_id` integer NOT NULL,
	`horizon` integer NOT NULL,
	`bar_date` text NOT NULL,
	`start_price` real NOT NULL,
	`end_date` text NOT NULL,
	`end_price` real NOT NULL,
	`return_fraction` real NOT NULL,
	`benchmark` text,
	`benchmark_return` real,
	`excess_return` real,
	`hit` integer,
	`computed_at` text NOT NULL,
	PRIMARY KEY(`recommendation_id`, `horizon`),
	FOREIGN KEY (`recommendation_id`) REFERENCES `daily_recommendations`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "recommendation_outcomes_horizon" CHECK("recommendation_outcomes"."horizon" in (5, 20, 60))
);
