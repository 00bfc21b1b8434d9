import type { DataSource } from "../../../db/schema/market.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Logger } from "../../../kit/log.ts";
import type { ImportKind, ImportReport } from "../import-file.ts";
import type { LiveAnalysis } from "../live.ts";
import type { Services } from "../services.ts";
import type { RecommendationStore } from "../store.ts";
import type { TrackRecordReport } from "../track-record-report.ts";

/** What the routes need of the system. */
export interface RouteDependencies {
  store: RecommendationStore;
  live: LiveAnalysis;
  loadTrackRecord(): Promise<TrackRecordReport>;
  loadServices(): Promise<Services>;
  importText(kind: ImportKind, name: string, text: string): Promise<ImportReport>;
  clock: Clock;
  log: Logger;
  /** Zone of analysis dates and of the old API's naive timestamps. */
  timezone: string;
  dataSource: DataSource;
}
