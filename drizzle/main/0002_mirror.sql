CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text,
	`queue` text NOT NULL,
	`channel` text,
	`subject` text NOT NULL,
	`key` text NOT NULL,
	`error_type` text NOT NULL,
	`code` text,
	`message` text NOT NULL,
	`payload` text,
	`payload_sha256` text,
	`attempts` integer DEFAULT 1 NOT NULL,
	`next_try_at` text,
	`state` text DEFAULT 'open' NOT NULL,
	`resolution` text,
	`correlation_id` text,
	`first_failed_at` text NOT NULL,
	`last_failed_at` text NOT NULL,
	`parked_at` text,
	`resolved_at` text,
	CONSTRAINT "dead_letters_queue" CHECK("queue" in ('mirror', 'erp', 'inbound', 'outbound', 'job')),
	CONSTRAINT "dead_letters_state_known" CHECK("state" in ('open', 'parked', 'resolved', 'discarded')),
	CONSTRAINT "dead_letters_payload_json" CHECK("payload" is null or json_valid("payload"))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `dead_letters_one_open` ON `dead_letters` (`queue`,`subject`,`key`) WHERE "state" in ('open', 'parked');--> statement-breakpoint
CREATE INDEX `dead_letters_state` ON `dead_letters` (`queue`,`state`,`next_try_at`);--> statement-breakpoint
CREATE TABLE `mirror_objects` (
	`object_key` text PRIMARY KEY NOT NULL,
	`stream` text NOT NULL,
	`unit` text NOT NULL,
	`sha256` text,
	`state` text NOT NULL,
	`error` text,
	`delivered_at` text,
	CONSTRAINT "mirror_objects_state" CHECK("state" in ('delivered', 'skipped', 'failed'))
);
--> statement-breakpoint
CREATE INDEX `mirror_objects_unit` ON `mirror_objects` (`stream`,`unit`);--> statement-breakpoint
CREATE TABLE `mirror_streams` (
	`stream` text PRIMARY KEY NOT NULL,
	`destination` text,
	`paused` integer DEFAULT false NOT NULL,
	`blocked_reason` text,
	`blocked_code` text,
	`blocked_at` text,
	`probe_at` text,
	`batch_rows` integer,
	`batches_accepted` integer DEFAULT 0 NOT NULL,
	`dropped_columns` text DEFAULT '[]' NOT NULL,
	`owed_since` text,
	`last_delivered_at` text,
	`rows_delivered` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`checked_at` text,
	`local_count` integer,
	`remote_count` integer,
	`reconciled_at` text,
	CONSTRAINT "mirror_streams_dropped_json" CHECK("dropped_columns" is null or json_valid("dropped_columns"))
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`stream` text NOT NULL,
	`key` text NOT NULL,
	`seq` integer NOT NULL,
	PRIMARY KEY(`stream`, `key`)
);
--> statement-breakpoint
CREATE INDEX `outbox_stream_seq` ON `outbox` (`stream`,`seq`);--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_tenants` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_folded` text NOT NULL,
	`status` text DEFAULT 'active' NOT NULL,
	`timezone` text NOT NULL,
	`business_hours_start` integer,
	`business_hours_end` integer,
	`settings` text DEFAULT '{}' NOT NULL,
	`source` text DEFAULT 'local' NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	CONSTRAINT "tenants_slug" CHECK("__new_tenants"."tenant_id" glob '[a-z0-9]*' and length("__new_tenants"."tenant_id") between 2 and 50),
	CONSTRAINT "tenants_name_length" CHECK(length("__new_tenants"."name") between 2 and 200),
	CONSTRAINT "tenants_status" CHECK("status" in ('active', 'inactive')),
	CONSTRAINT "tenants_source" CHECK("source" in ('sample', 'local')),
	CONSTRAINT "tenants_settings_json" CHECK("settings" is null or json_valid("settings"))
);
--> statement-breakpoint
INSERT INTO `__new_tenants`("tenant_id", "name", "name_folded", "status", "timezone", "business_hours_start", "business_hours_end", "settings", "source", "created_at", "updated_at") SELECT "tenant_id", "name", "name_folded", "status", "timezone", "business_hours_start", "business_hours_end", "settings", "source", "created_at", "updated_at" FROM `tenants`;--> statement-breakpoint
DROP TABLE `tenants`;--> statement-breakpoint
ALTER TABLE `__new_tenants` RENAME TO `tenants`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX `tenants_name_folded` ON `tenants` (`name_folded`);