import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { instant, json, jsonValid, oneOf } from "../columns.ts";

export const SLOT_STATES = ["due", "running", "done", "skipped"] as const;
export const SKIP_REASONS = ["overlap", "late", "disabled", "coalesced", "shutdown", "nothing_new"] as const;
export const TRIGGERS = ["cron", "catchup", "startup", "retry", "manual", "backfill"] as const;
export const RUN_STATUSES = ["running", "completed", "failed"] as const;
export const OUTCOMES = ["ok", "partial", "failed", "timed_out", "cancelled", "interrupted"] as const;
export const ALERT_LEVELS = ["warning", "critical"] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];
export type Trigger = (typeof TRIGGERS)[number];
export type RunStatus = (typeof RUN_STATUSES)[number];
export type Outcome = (typeof OUTCOMES)[number];
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** A due moment of a job and its one fate. */
export const jobSlots = sqliteTable(
  "job_slots",
  {
    job: text("job").notNull(),
    slotAt: instant("slot_at").notNull(),
    state: text("state", { enum: SLOT_STATES }).notNull(),
    reason: text("reason", { enum: SKIP_REASONS }),
    trigger: text("trigger", { enum: TRIGGERS }).notNull(),
    /** `job_runs.id` of the latest attempt. */
    runId: integer("run_id"),
    createdAt: instant("created_at").notNull(),
    settledAt: instant("settled_at"),
  },
  (table) => [
    primaryKey({ columns: [table.job, table.slotAt] }),
    check("job_slots_state", oneOf("state", SLOT_STATES)),
    check("job_slots_reason", sql.raw(`("state" = 'skipped') = ("reason" is not null)`)),
    check("job_slots_reason_known", sql`reason is null or ${oneOf("reason", SKIP_REASONS)}`),
    check("job_slots_trigger", oneOf("trigger", TRIGGERS)),
  ],
);

/** What the operator and the scheduler remember of a job between runs. */
export const jobState = sqliteTable("job_state", {
  job: text("job").primaryKey(),
  paused: integer("paused", { mode: "boolean" }).notNull().default(false),
  /** Slots up to here have a row; the catch-up starts after it. */
  scheduledThrough: instant("scheduled_through"),
  lastOkAt: instant("last_ok_at"),
  updatedAt: instant("updated_at").notNull(),
});

/** One execution of a job: an attempt at a slot, or a manual run. */
export const jobRuns = sqliteTable(
  "job_runs",
  {
    id: integer("id").primaryKey({ autoIncrement: true }),
    uid: text("uid").notNull(),
    jobName: text("job_name").notNull(),
    /** Part of the job that runs alone (one client of many); empty for the whole job. */
    subject: text("subject").notNull().default(""),
    trigger: text("trigger", { enum: TRIGGERS }).notNull(),
    attempt: integer("attempt").notNull().default(1),
    slotAt: instant("slot_at"),
    params: json<Record<string, unknown>>("params"),
    startTime: instant("start_time").notNull(),
    endTime: instant("end_time"),
    status: text("status", { enum: RUN_STATUSES }).notNull(),
    outcome: text("outcome", { enum: OUTCOMES }),
    /** Units written, whatever the job's unit is (the column keeps its first name). */
    tickersProcessed: integer("tickers_processed").notNull().default(0),
    errorsCount: integer("errors_count").notNull().default(0),
    progressDone: integer("progress_done").notNull().default(0),
    progressTotal: integer("progress_total"),
    progressItem: text("progress_item"),
    logData: json<Record<string, unknown>>("log_data"),
    /** When a failed run will be tried again; the retry clears it. */
    retryAt: instant("retry_at"),
    heartbeatAt: instant("heartbeat_at"),
    /** Process that owns the run; another boot's running rows are interrupted ones. */
    bootId: text("boot_id").notNull(),
    owner: text("owner"),
    createdAt: instant("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("job_runs_uid").on(table.uid),
    uniqueIndex("job_runs_one_running").on(table.jobName, table.subject).where(sql`"status" = 'running'`),
    index("job_runs_job_start").on(table.jobName, sql`"start_time" desc`),
    index("job_runs_slot").on(table.jobName, table.slotAt),
    check("job_runs_trigger", oneOf("trigger", TRIGGERS)),
    check("job_runs_status", oneOf("status", RUN_STATUSES)),
    check("job_runs_outcome", sql.raw(`("status" = 'running') = ("outcome" is null)`)),
    check("job_runs_outcome_known", sql`outcome is null or ${oneOf("outcome", OUTCOMES)}`),
    check("job_runs_params_json", jsonValid("params")),
    check("job_runs_log_data_json", jsonValid("log_data")),
  ],
);

/** Operational alerts: one firing row per (rule, subject). */
export const alerts = sqliteTable(
  "alerts",
  {
    id: text("id").primaryKey(),
    tenantId: text("tenant_id"),
    rule: text("rule").notNull(),
    subject: text("subject").notNull().default(""),
    level: text("level", { enum: ALERT_LEVELS }).notNull(),
    state: text("state", { enum: ["firing", "resolved"] }).notNull(),
    message: text("message").notNull(),
    firstSeen: instant("first_seen").notNull(),
    lastSeen: instant("last_seen").notNull(),
    resolvedAt: instant("resolved_at"),
    value: real("value"),
    threshold: real("threshold"),
    context: json<Record<string, unknown>>("context"),
    deliveredAt: instant("delivered_at"),
  },
  (table) => [
    uniqueIndex("alerts_one_firing").on(table.rule, table.subject).where(sql`"state" = 'firing'`),
    index("alerts_last_seen").on(table.lastSeen),
    check("alerts_level", oneOf("level", ALERT_LEVELS)),
    check("alerts_state", oneOf("state", ["firing", "resolved"])),
    check("alerts_resolved", sql.raw(`("state" = 'resolved') = ("resolved_at" is not null)`)),
    check("alerts_context_json", jsonValid("context")),
  ],
);
