import { z } from "zod";
import { cleanText } from "./clean-text.ts";
import { flag, instant, listOf, numberOr, numberOrNull, text, textOr, textOrNull } from "./wire-fields.ts";

/** What the dashboard reads of jobs, scores, logs and events. */

const progress = z
  .object({ done: numberOr(0), total: numberOrNull, item: textOrNull, eta_seconds: numberOrNull })
  .catch({ done: 0, total: null, item: null, eta_seconds: null });

const run = z.object({
  id: z.number().int().nonnegative(),
  job_name: textOr(""),
  trigger: textOr(""),
  attempt: numberOr(1),
  start_time: instant,
  end_time: instant,
  duration_seconds: numberOrNull,
  status: textOr(""),
  outcome: textOrNull,
  tickers_processed: numberOr(0),
  errors_count: numberOr(0),
  progress,
  retry_at: instant,
});

const job = z.object({
  job_name: text,
  enabled: z.boolean().catch(true),
  paused: flag,
  cron: textOr(""),
  next_run: instant,
  running: flag,
  last_run: run.nullable().catch(null),
  consecutive_failures: numberOr(0),
  runs: listOf(run),
});

const alert = z.object({
  rule: textOr("alert"),
  subject: textOr(""),
  level: textOr("warning"),
  since: instant,
  message: textOr(""),
});

const quota = z.object({ used: numberOr(0), limit: numberOrNull, resets_at: instant });

export const statusWire = z.object({
  scheduler: z.unknown(),
  jobs: listOf(job),
  data: z
    .object({ latest_analysis_date: textOrNull, age_seconds: numberOrNull, rows: numberOrNull })
    .catch({ latest_analysis_date: null, age_seconds: null, rows: null }),
  quotas: z
    .record(z.string(), z.unknown())
    .catch({})
    .transform((sources) =>
      Object.entries(sources).flatMap(([source, value]) => {
        const parsed = quota.safeParse(value);
        return parsed.success ? [{ source: cleanText(source), ...parsed.data }] : [];
      }),
    ),
  alerts: listOf(alert),
});

const score = z.object({
  analysis_date: textOr(""),
  ticker: text,
  company_name: textOrNull,
  recommendation: textOr("?"),
  total_score: numberOrNull,
  confidence: numberOrNull,
  coverage: numberOrNull,
  current_price: numberOrNull,
  target_price: numberOrNull,
  currency: textOrNull,
  risk_level: textOrNull,
  summary: textOrNull,
  bar_date: textOrNull,
  data_source: textOrNull,
});

export const scoresWire = z.object({
  analysis_date: textOrNull,
  data_source: textOrNull,
  age_seconds: numberOrNull,
  items: listOf(score),
});

export const historyWire = z.object({
  items: listOf(z.object({ analysis_date: text, ticker: text, total_score: numberOrNull })),
});

const logLine = z.object({
  seq: z.number(),
  at: instant,
  level: textOr("info"),
  event: textOr(""),
  message: textOr(""),
  fields: z.record(z.string(), z.unknown()).nullable().catch(null),
});

export const runLogWire = run.extend({ logs: listOf(logLine) });

export const progressEventWire = z.object({
  run_id: z.number(),
  done: numberOr(0),
  total: numberOrNull,
  item: textOrNull,
  eta_ms: numberOrNull,
});

export const jobEventWire = z.object({ job: text });

/** An event of a system: its own type is inside. */
export const systemEventWire = z.object({ event: text });

export type Run = z.output<typeof run>;
export type Job = z.output<typeof job>;
export type Alert = z.output<typeof alert>;
export type Status = z.output<typeof statusWire>;
export type SourceBudget = Status["quotas"][number];
export type Score = z.output<typeof score>;
export type Scores = z.output<typeof scoresWire>;
export type ScoreHistory = z.output<typeof historyWire>["items"];
export type LogLine = z.output<typeof logLine>;
export type RunLog = z.output<typeof runLogWire>;
export type ProgressEvent = z.output<typeof progressEventWire>;
