import type { SystemDependencies } from "../dependencies.ts";
import { createRecommendations } from "./create-recommendations.ts";
import { createRecommendationRoutes } from "./http/index.ts";
import { importFile } from "./import-file.ts";
import { DAILY_ANALYSIS } from "./job-names.ts";
import { watchRecommendations } from "./metrics.ts";
import { recommendationStreams } from "./mirror.ts";
import { loadServices } from "./services.ts";
import { createSources } from "./sources/create-sources.ts";

export const RECOMMENDATIONS_SYSTEM = "recommendations";

/** Daily COMPRAR / MANTENER / VENDER for a list of tickers, with history and a track record. */
export async function createRecommendationSystem(deps: SystemDependencies) {
  const { settings, db, clock, log, market, door, events, metrics } = deps;
  const name = RECOMMENDATIONS_SYSTEM;
  const { sources, peers } = createSources({ settings, db, clock, log });
  const http = door.clientFor(name, peers);
  const system = createRecommendations({ settings, db, clock, log, market, sources, http, events });
  await system.prepare();
  watchRecommendations({ metrics, events, db, clock, log, store: system.store });
  return {
    name,
    peers,
    jobs: system.jobs,
    routes: createRecommendationRoutes({
      store: system.store,
      live: system.live,
      loadTrackRecord: system.loadTrackRecord,
      loadServices: () => loadServices(db, system.store),
      importText: (kind, fileName, text) => importFile(kind, { name: fileName, text }, { db, clock, market }),
      clock,
      log,
      timezone: settings.dailyAnalysisTimezone,
      dataSource: market.source,
    }),
    tags: [
      { name: "recommendations", description: "Daily scores, their history and their track record." },
      { name: "analysis", description: "One ticker with everything behind its score." },
      { name: "frontend", description: "Shapes that the existing page reads." },
    ],
    mirror: recommendationStreams,
    sweep: system.sweep,
    judgeAlerts: system.judgeAlerts,
    /** What `GET /api/jobs/status` says of the house's main data. */
    status: {
      mainJob: DAILY_ANALYSIS,
      data: () => system.store.dataAge(clock.now()),
      async quotas() {
        const usage = await door.usageToday();
        const limited = usage.filter((row) => row.system === name && row.limit !== null);
        return Object.fromEntries(
          limited.map(({ peer, used, limit, resets_at }) => [peer, { used, limit: limit ?? 0, resets_at }]),
        );
      },
    },
  };
}
