import type { Metrics } from "./metrics.ts";

export interface SystemViewOptions {
  /** First part of the names: `rec`. */
  prefix: string;
  system: string;
  /** The job that the figures speak of. */
  job: string;
  /** Name of the units written: `tickers_processed`. */
  units?: string;
}

/** The job and source figures of one system under its own names, for example `rec_job_runs_total{status,outcome}`. */
export function addSystemViews(metrics: Metrics, { prefix, system, job, units }: SystemViewOptions): void {
  const ofJob = { job: [job] };
  const ofSystem = { system: [system] };
  metrics.view({
    name: `${prefix}_job_duration_seconds`,
    help: `Duration of the runs of ${job}.`,
    of: "job_duration_seconds",
    where: ofJob,
  });
  metrics.view({
    name: `${prefix}_job_runs_total`,
    help: `Finished runs of ${job}.`,
    of: "job_runs_total",
    where: ofJob,
    labels: { status: "status", outcome: "outcome" },
  });
  if (units)
    metrics.view({
      name: `${prefix}_${units}_total`,
      help: `Units written by ${job}.`,
      of: "job_units_written_total",
      where: ofJob,
    });
  metrics.view({
    name: `${prefix}_source_calls_total`,
    help: `Outgoing requests of ${system}.`,
    of: "http_client_requests_total",
    where: ofSystem,
    labels: { source: "peer", status: "status" },
  });
  metrics.view({
    name: `${prefix}_source_quota_used`,
    help: `Requests of ${system} counted against today's budget.`,
    of: "http_client_budget_used",
    where: ofSystem,
    labels: { source: "peer" },
  });
}
