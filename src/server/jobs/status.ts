import type { z } from "@hono/zod-openapi";
import type { AlertView, JobRuntime, JobStatus, RunView } from "../../jobs/runtime.ts";
import type { dataStatusSchema, quotaSchema, runSchema, statusSchema } from "./schemas.ts";

export type DataStatus = z.output<typeof dataStatusSchema>;
export type Quota = z.output<typeof quotaSchema>;
export type StatusBody = z.output<typeof statusSchema>;

/** What the status page says beside the jobs; the server knows no system, so the systems say it. */
export interface StatusContributors {
  /** The job that `scheduler` speaks of. */
  mainJob: string;
  data(): Promise<DataStatus>;
  /** Today's budgets by source. */
  quotas(): Promise<Record<string, Quota>>;
}

export interface StatusOptions {
  jobs: JobRuntime;
  contributors: StatusContributors;
  schedulerEnabled: boolean;
}

/** Firing alerts shown in the status. */
const MAX_ALERTS = 100;

/** The jobs that `isVisible` lets through, with the main job's schedule, the data's age, budgets and alerts. */
export async function loadStatus(
  { jobs, contributors, schedulerEnabled }: StatusOptions,
  { runs, isVisible, seesAllAlerts }: { runs: number; isVisible: (job: string) => boolean; seesAllAlerts: boolean },
): Promise<StatusBody> {
  const [statuses, alerts, data, quotas] = await Promise.all([
    jobs.status({ runs }),
    jobs.alerts({ state: "firing", limit: MAX_ALERTS }),
    contributors.data(),
    contributors.quotas(),
  ]);
  const main = statuses.find((job) => job.job_name === contributors.mainJob);
  return {
    scheduler: {
      enabled: schedulerEnabled,
      timezone: main?.timezone ?? "UTC",
      cron: main?.cron ?? "",
      next_run: main?.next_run ?? null,
    },
    jobs: statuses.filter((job) => isVisible(job.job_name)).map(jobBody),
    data,
    quotas,
    alerts: alerts.filter((alert) => seesAllAlerts || isVisible(alert.subject)).map(alertLine),
  };
}

const jobBody = (job: JobStatus): StatusBody["jobs"][number] => ({
  job_name: job.job_name,
  system: job.system,
  about: job.about,
  enabled: job.enabled,
  paused: job.paused,
  cron: job.cron,
  timezone: job.timezone,
  next_run: job.next_run,
  running: job.running,
  last_run: job.last_run && runBody(job.last_run),
  last_success_at: job.last_success_at,
  consecutive_failures: job.consecutive_failures,
  runs: job.runs.map(runBody),
});

const alertLine = ({ rule, subject, level, since, message }: AlertView): StatusBody["alerts"][number] => ({
  rule,
  subject,
  level,
  since,
  message,
});

/** A run in lists: without parameters and log data, which `GET /api/jobs/runs/{id}` adds. */
export const runBody = (run: RunView): z.output<typeof runSchema> => ({
  id: run.id,
  uid: run.uid,
  job_name: run.job_name,
  trigger: run.trigger,
  attempt: run.attempt,
  slot_at: run.slot_at,
  start_time: run.start_time,
  end_time: run.end_time,
  duration_seconds: run.duration_seconds,
  status: run.status,
  outcome: run.outcome,
  tickers_processed: run.tickers_processed,
  errors_count: run.errors_count,
  errors_by_analysis: errorsByAnalysis(run.log_data),
  progress: run.progress,
  retry_at: run.retry_at,
});

/** `log_data.errors_by_analysis` as far as it holds counts; jobs without analyses have none. */
function errorsByAnalysis(logData: Record<string, unknown> | null): Record<string, number> {
  const counts = logData?.errors_by_analysis;
  if (typeof counts !== "object" || counts === null) return {};
  return Object.fromEntries(
    Object.entries(counts).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
