import { z } from "@hono/zod-openapi";
import { ALERT_LEVELS, OUTCOMES, RUN_STATUSES, TRIGGERS } from "../../db/schema/jobs.ts";

const instant = z.string().openapi({ example: "2026-03-02T09:00:00.000Z" });

/** A run as lists show it. */
export const runSchema = z
  .object({
    id: z.number().int(),
    uid: z.string(),
    job_name: z.string(),
    trigger: z.enum(TRIGGERS),
    attempt: z.number().int(),
    slot_at: instant.nullable(),
    start_time: instant,
    end_time: instant.nullable(),
    duration_seconds: z.number().nullable(),
    status: z.enum(RUN_STATUSES),
    outcome: z.enum(OUTCOMES).nullable(),
    tickers_processed: z.number().int().openapi({ description: "Units written, whatever the job's unit is." }),
    errors_count: z.number().int(),
    errors_by_analysis: z.record(z.string(), z.number()),
    progress: z.object({
      done: z.number().int(),
      total: z.number().int().nullable(),
      item: z.string().nullable(),
      eta_seconds: z.number().nullable(),
    }),
    retry_at: instant.nullable(),
  })
  .openapi("Run");

export const runDetailSchema = runSchema
  .extend({
    params: z.record(z.string(), z.unknown()).nullable(),
    log_data: z.record(z.string(), z.unknown()).nullable(),
    logs: z.array(
      z.object({
        seq: z.number().int(),
        at: instant,
        level: z.string(),
        event: z.string(),
        message: z.string(),
        fields: z.record(z.string(), z.unknown()).nullable(),
      }),
    ),
    next_seq: z.number().int().openapi({ description: "Ask with `after_seq` = this for the lines that follow." }),
  })
  .openapi("RunDetail");

const jobSchema = z
  .object({
    job_name: z.string(),
    system: z.string(),
    about: z.string(),
    enabled: z.boolean(),
    paused: z.boolean(),
    cron: z.string(),
    timezone: z.string(),
    next_run: instant.nullable(),
    running: z.boolean(),
    last_run: runSchema.nullable(),
    last_success_at: instant.nullable(),
    consecutive_failures: z.number().int(),
    runs: z.array(runSchema),
  })
  .openapi("Job");

export const alertSchema = z
  .object({
    id: z.string(),
    rule: z.string(),
    subject: z.string(),
    level: z.enum(ALERT_LEVELS),
    state: z.enum(["firing", "resolved"]),
    message: z.string(),
    since: instant,
    last_seen: instant,
    resolved_at: instant.nullable(),
    delivered_at: instant.nullable(),
    value: z.number().nullable(),
    threshold: z.number().nullable(),
  })
  .openapi("Alert");

export const dataStatusSchema = z.object({
  latest_analysis_date: z.string().nullable(),
  age_seconds: z.number().nullable(),
  rows: z.number().int(),
});

export const quotaSchema = z.object({ used: z.number(), limit: z.number().nullable(), resets_at: instant });

export const statusSchema = z
  .object({
    scheduler: z.object({
      enabled: z.boolean(),
      timezone: z.string(),
      cron: z.string(),
      next_run: instant.nullable(),
    }),
    jobs: z.array(jobSchema),
    data: dataStatusSchema,
    quotas: z.record(z.string(), quotaSchema),
    alerts: z.array(
      z.object({
        rule: z.string(),
        subject: z.string(),
        level: z.enum(ALERT_LEVELS),
        since: instant,
        message: z.string(),
      }),
    ),
  })
  .openapi("JobsStatus");
