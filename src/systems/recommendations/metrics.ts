import { eq } from "drizzle-orm";
import type { Database } from "../../db/index.ts";
import { jobRuns } from "../../db/schema/jobs.ts";
import { ANALYSIS_TYPES } from "../../db/schema/recommendations.ts";
import type { HouseEvents } from "../../jobs/events.ts";
import type { Clock } from "../../kit/clock.ts";
import { toError } from "../../kit/errors.ts";
import type { Logger } from "../../kit/log.ts";
import { addSystemViews, type Metrics } from "../../server/metrics/index.ts";
import { DAILY_ANALYSIS } from "./job-names.ts";
import type { RecommendationStore } from "./store.ts";

export interface WatchOptions {
  metrics: Metrics;
  events: HouseEvents;
  db: Database;
  clock: Clock;
  log: Logger;
  store: RecommendationStore;
}

/** The system's own figures beside the house's: names of the plan that operators' dashboards use. */
export function watchRecommendations({ metrics, events, db, clock, log, store }: WatchOptions): void {
  addSystemViews(metrics, {
    prefix: "rec",
    system: "recommendations",
    job: DAILY_ANALYSIS,
    units: "tickers_processed",
  });
  metrics.declare({
    name: "rec_analysis_errors_total",
    type: "counter",
    help: "Parts of analyses that failed.",
    labels: ["analysis"],
    zeros: ANALYSIS_TYPES.map((analysis) => ({ analysis })),
  });
  metrics.declare({
    name: "rec_data_age_seconds",
    type: "gauge",
    help: "Age of the newest recommendations.",
    zeros: [{}],
  });
  metrics.declare({
    name: "rec_coverage",
    type: "gauge",
    help: "Share of the weights that had data, in the newest recommendation.",
    labels: ["ticker"],
  });
  metrics.collect("recommendations", async () => {
    const { age_seconds } = await store.dataAge(clock.now());
    metrics.set("rec_data_age_seconds", age_seconds ?? 0);
    metrics.reset("rec_coverage");
    for (const { ticker, coverage } of (await store.latest())?.items ?? [])
      metrics.set("rec_coverage", coverage, { ticker });
  });
  events.subscribe(({ event }) => {
    if (event.type !== "run.finished" || event.job !== DAILY_ANALYSIS) return;
    countErrors(metrics, db, event.run_id).catch((thrown) => {
      log.warn("metrics.uncounted", "The errors of a run could not be counted.", {
        run_id: event.run_id,
        error: toError(thrown),
      });
    });
  });
}

async function countErrors(metrics: Metrics, db: Database, runId: number): Promise<void> {
  const [run] = await db.read.select({ logData: jobRuns.logData }).from(jobRuns).where(eq(jobRuns.id, runId));
  const errors = run?.logData?.errors_by_analysis as Partial<Record<string, number>> | undefined;
  for (const analysis of ANALYSIS_TYPES)
    metrics.increment("rec_analysis_errors_total", { analysis }, errors?.[analysis] ?? 0);
}
