import { SKIP_REASONS } from "../../db/schema/jobs.ts";
import type { HouseEvent, HouseEvents } from "../../jobs/events.ts";
import type { JobRuntime } from "../../jobs/runtime.ts";
import type { Metrics } from "./metrics.ts";

/** Feeds the job families: counters from events, the rest from the runtime when scraped. */
export function watchJobs(metrics: Metrics, events: HouseEvents, jobs: JobRuntime): void {
  const observed = new Set<string>();
  events.subscribe(({ event }) => {
    if (event.type === "run.finished") observed.add(event.job);
    count(metrics, event);
  });
  metrics.collect("jobs", async () => {
    const [statuses, alerts] = await Promise.all([jobs.status({ runs: 0 }), jobs.alerts({ state: "firing" })]);
    for (const { job_name: job, last_success_at } of statuses) {
      // Zero samples of jobs that did not finish yet, so that rates exist from the first run on.
      metrics.increment("job_runs_total", { job, status: "completed", outcome: "ok" }, 0);
      metrics.increment("job_runs_total", { job, status: "failed", outcome: "failed" }, 0);
      metrics.increment("job_units_written_total", { job }, 0);
      if (!observed.has(job)) metrics.zero("job_duration_seconds", { job, status: "completed" });
      for (const reason of SKIP_REASONS) metrics.increment("job_slots_skipped_total", { job, reason }, 0);
      const lastSuccess = last_success_at ? Date.parse(last_success_at) / 1000 : 0;
      metrics.set("job_last_success_timestamp", lastSuccess, { job });
    }
    for (const level of ["warning", "critical"])
      metrics.set("alerts_firing", alerts.filter((alert) => alert.level === level).length, { level });
  });
}

function count(metrics: Metrics, event: HouseEvent): void {
  if (event.type === "slot.skipped")
    metrics.increment("job_slots_skipped_total", { job: event.job, reason: event.reason });
  if (event.type !== "run.finished") return;
  const { job, outcome } = event;
  const status = outcome === "ok" || outcome === "partial" ? "completed" : "failed";
  metrics.increment("job_runs_total", { job, status, outcome });
  metrics.increment("job_units_written_total", { job }, event.units_written);
  metrics.observe("job_duration_seconds", event.duration_ms / 1000, { job, status });
}
