import type { Database } from "../../db/index.ts";
import type { AlertBook } from "../../jobs/alerts.ts";
import type { JobDefinition } from "../../jobs/define.ts";
import type { HouseEvents } from "../../jobs/events.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Logger } from "../../kit/log.ts";
import type { Market } from "../../market/market.ts";
import type { HttpClient } from "../../net/client.ts";
import type { Settings } from "../../settings.ts";
import { judgeDataAge } from "./data-alerts.ts";
import type { Sources } from "./facts.ts";
import { DAILY_ANALYSIS, TRACK_RECORD } from "./job-names.ts";
import { recommendationJobs } from "./jobs.ts";
import { createLiveAnalysis, type LiveAnalysis } from "./live.ts";
import { sweepRecommendations } from "./retention.ts";
import { createRecommendationStore, type RecommendationStore } from "./store.ts";
import { ensureTickers } from "./tickers.ts";
import { loadTrackRecord } from "./track-record.ts";
import type { TrackRecordReport } from "./track-record-report.ts";

export interface RecommendationsDeps {
  settings: Settings;
  db: Database;
  clock: Clock;
  log: Logger;
  market: Market;
  sources: Sources;
  /** The system's door to the network outside of runs: live analyses. */
  http: HttpClient;
  /** Tells when a run has ended, and with it which date is complete. */
  events?: HouseEvents;
}

/** The system without its routes: what the composition of the house wires together. */
export interface Recommendations {
  store: RecommendationStore;
  jobs: JobDefinition[];
  live: LiveAnalysis;
  loadTrackRecord(): Promise<TrackRecordReport>;
  /** Adds missing tickers to the table; call it before the first run. */
  prepare(): Promise<void>;
  sweep(now: Date): Promise<void>;
  /** Raises and clears `data.stale`; for whoever judges alerts outside of runs. */
  judgeAlerts(book: AlertBook): Promise<void>;
}

export function createRecommendations(deps: RecommendationsDeps): Recommendations {
  const { settings, db, clock, log, market, events } = deps;
  const store = createRecommendationStore(db, market.source);
  let report: Promise<TrackRecordReport> | undefined;
  const forgetReport = () => {
    report = undefined;
  };
  events?.subscribe(({ event }) => {
    if (event.type !== "run.finished") return;
    // Only the end of a run makes its date complete.
    if (event.job === DAILY_ANALYSIS) store.invalidate();
    if (event.job === DAILY_ANALYSIS || event.job === TRACK_RECORD) forgetReport();
  });
  return {
    store,
    jobs: recommendationJobs({ ...deps, store, onJudged: forgetReport }),
    live: createLiveAnalysis(deps),
    loadTrackRecord() {
      if (report) return report;
      const loading = loadTrackRecord(db);
      report = loading;
      loading.catch(forgetReport);
      return loading;
    },
    prepare: () => ensureTickers(db, settings.recommendationTickers),
    async sweep(now) {
      const swept = await sweepRecommendations(db, settings, now);
      if (swept.recommendationsDeleted > 0) {
        store.invalidate();
        forgetReport();
      }
      if (swept.recommendationsDeleted + swept.detailsThinned > 0)
        log.info("recommendations.swept", "Old recommendations were thinned.", { ...swept });
    },
    judgeAlerts: (book) => judgeDataAge(book, { settings, db, store }, clock.now()),
  };
}
