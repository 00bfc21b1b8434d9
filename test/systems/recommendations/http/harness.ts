import { createServer } from "../../../../src/server/index.ts";
import { createMetrics } from "../../../../src/server/metrics/index.ts";
import { createRecommendationRoutes } from "../../../../src/systems/recommendations/http/index.ts";
import { createLiveAnalysis } from "../../../../src/systems/recommendations/live.ts";
import { loadServices } from "../../../../src/systems/recommendations/services.ts";
import { createRecommendationStore } from "../../../../src/systems/recommendations/store.ts";
import { ensureTickers } from "../../../../src/systems/recommendations/tickers.ts";
import { loadTrackRecord } from "../../../../src/systems/recommendations/track-record.ts";
import { openTestServer } from "../../../server/harness.ts";
import { barsUpTo, createFakeMarket, wavyCloses } from "../fake-market.ts";
import { settingsOf } from "../fixtures.ts";
import { closedHttp, goodSources } from "../job-context.ts";

/** Date of the fake clock: noon of a Monday. */
export const TODAY = "2026-03-02";
const TICKERS = ["YPF", "GGAL", "PAM"];

export interface ApiOptions {
  environment?: Record<string, string>;
  source?: "csv" | "sample" | "yahoo";
  http?: typeof closedHttp;
}

export type Api = Awaited<ReturnType<typeof openApi>>;

/** The system's routes behind the real gate, on a fresh store, a fake market and a fake clock. */
export async function openApi({ environment = {}, source = "csv", http = closedHttp }: ApiOptions = {}) {
  const base = await openTestServer();
  const { db } = base.store;
  const settings = settingsOf({ RECOMMENDATION_TICKERS: TICKERS.join(","), ...environment });
  await ensureTickers(db, settings.recommendationTickers);
  const bars = TICKERS.map((ticker, index) => [ticker, barsUpTo("2026-02-27", wavyCloses(280, index * 5))]);
  const market = createFakeMarket(Object.fromEntries(bars), source);
  const { clock, log } = base;
  const store = createRecommendationStore(db, source);
  const routes = createRecommendationRoutes({
    store,
    live: createLiveAnalysis({ settings, db, clock, market, sources: goodSources, http }),
    loadTrackRecord: () => loadTrackRecord(db),
    loadServices: () => loadServices(db, store),
    importText: async (kind, file, text) => ({
      kind,
      file,
      rows: text.split("\n").length,
      stored: 0,
      subjects: [],
      problems: [],
    }),
    clock,
    log,
    timezone: settings.dailyAnalysisTimezone,
    dataSource: source,
  });
  const metrics = createMetrics({ log });
  const systems = [{ name: "recommendations", routes }];
  const app = createServer({ ...base.options, metrics, systems });
  const request = async (path: string, init: RequestInit = {}) => app.request(path, init);
  return {
    db,
    store,
    market,
    clock,
    log,
    metrics,
    get: (path: string, headers: Record<string, string> = {}) => request(path, { headers }),
    request,
    [Symbol.asyncDispose]: base[Symbol.asyncDispose],
  };
}

/** The JSON of an answer, as the test expects it to be. */
export const json = <Body>(response: Response): Promise<Body> => response.json() as Promise<Body>;

export interface ProblemBody {
  status: number;
  code: string;
  detail: string;
}
