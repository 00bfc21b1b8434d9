import { expect, test } from "bun:test";
import { asc } from "drizzle-orm";
import { analysisDetails, dailyRecommendations } from "../../../src/db/schema/recommendations.ts";
import { silentLogger } from "../../../src/kit/log.ts";
import { createMarket } from "../../../src/market/create-market.ts";
import { createPriceProvider } from "../../../src/market/price-provider.ts";
import { type BackfillRequest, backfill } from "../../../src/systems/recommendations/backfill.ts";
import { runDailyAnalysis } from "../../../src/systems/recommendations/daily-analysis.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import { ensureTickers } from "../../../src/systems/recommendations/tickers.ts";
import { loadTrackRecord, runTrackRecord } from "../../../src/systems/recommendations/track-record.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { hasShared, sharedPath } from "../../support/shared.ts";
import { barsUpTo, createFakeMarket, wavyCloses } from "./fake-market.ts";
import { insertRun, settingsOf } from "./fixtures.ts";
import { closedHttp, createRun, goodSources, noSources } from "./job-context.ts";

const NOW = "2024-03-08T23:00:00.000Z";

async function openHouse(database: TestDatabase, environment: Record<string, string> = {}) {
  const settings = settingsOf({ RECOMMENDATION_TICKERS: "YPF,GGAL", ...environment });
  await ensureTickers(database.db, settings.recommendationTickers);
  const market = createFakeMarket({
    YPF: barsUpTo("2024-03-08", wavyCloses(300)),
    GGAL: barsUpTo("2024-03-08", wavyCloses(300, 11)),
  });
  return {
    settings,
    db: database.db,
    market,
    sources: noSources,
    store: createRecommendationStore(database.db, "csv"),
  };
}

async function requestOf(database: TestDatabase, from: string, to: string): Promise<BackfillRequest> {
  const jobRunId = await insertRun(database.db, { outcome: "ok", trigger: "backfill" });
  return { from, to, now: new Date(NOW), http: closedHttp, signal: new AbortController().signal, jobRunId };
}

const sortedRows = (database: TestDatabase) =>
  database.db.read
    .select()
    .from(dailyRecommendations)
    .orderBy(asc(dailyRecommendations.analysisDate), asc(dailyRecommendations.ticker));

test("a backfill fills each session from prices alone, marked, with technical details only", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database);
  const done: string[] = [];
  const request = await requestOf(database, "2024-03-01", "2024-03-06");
  const result = await backfill({ ...request, progress: (ticker) => void done.push(ticker) }, house);
  expect(result).toMatchObject({ written: 8, tickers: [{ ticker: "YPF", written: 4, kept: 0, unscored: 0 }, {}] });
  expect(done).toEqual(["YPF", "GGAL"]);
  const rows = await sortedRows(database);
  expect(rows.map((row) => row.analysisDate)).toEqual(
    ["2024-03-01", "2024-03-04", "2024-03-05", "2024-03-06"].flatMap((date) => [date, date]),
  );
  for (const row of rows) {
    expect(row).toMatchObject({
      trigger: "backfill",
      jobRunId: request.jobRunId!,
      coverage: 0.5,
      fundamentalScore: null,
    });
    expect(row.barDate).toBe(row.analysisDate);
  }
  const details = await database.db.read.select().from(analysisDetails);
  expect(new Set(details.map((detail) => detail.analysisType))).toEqual(new Set(["technical"]));
});

test("a row of a batch is never touched, and a second backfill changes no row", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database);
  const daily = await createRun({ db: database.db, now: "2024-03-05T23:00:00.000Z", run: { trigger: "startup" } });
  await runDailyAnalysis(daily, { ...house, sources: goodSources });
  const batch = (await sortedRows(database)).filter((row) => row.trigger === "startup");
  const first = await backfill(await requestOf(database, "2024-03-01", "2024-03-06"), house);
  expect(first).toMatchObject({ written: 6, tickers: [{ kept: 1 }, { kept: 1 }] });
  const rows = await sortedRows(database);
  expect(rows.filter((row) => row.trigger === "startup")).toEqual(batch);
  const second = await backfill(await requestOf(database, "2024-03-01", "2024-03-06"), house);
  expect(second).toMatchObject({ written: 0, tickers: [{ kept: 4 }, { kept: 4 }] });
  expect(await sortedRows(database)).toEqual(rows);
});

test("a backfilled session has the score that the daily run gave it without other sources", async () => {
  await using database = await openTestDatabase();
  await using other = await openTestDatabase();
  const house = await openHouse(database);
  await backfill(await requestOf(database, "2024-03-06", "2024-03-06"), house);
  const daily = await createRun({ db: other.db, now: "2024-03-06T23:00:00.000Z", run: { trigger: "startup" } });
  await runDailyAnalysis(daily, await openHouse(other));
  const figures = async (store: TestDatabase) =>
    (await sortedRows(store)).map(({ ticker, totalScore, technicalScore, currentPrice, recommendation }) => ({
      ticker,
      totalScore,
      technicalScore,
      currentPrice,
      recommendation,
    }));
  expect(await figures(database)).toEqual(await figures(other));
});

test("sessions before a ticker's dates and without enough bars are left out", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database, { RECOMMENDATION_TICKERS: "DESP" });
  house.market.offered.set("DESP", barsUpTo("2025-05-20", wavyCloses(62)));
  const request = await requestOf(database, "2025-05-01", "2025-05-20");
  const result = await backfill({ ...request, now: new Date("2025-05-20T23:00:00Z") }, house);
  expect(result.tickers[0]).toMatchObject({ written: 0, unscored: 11 });
  house.market.offered.set("DESP", barsUpTo("2025-05-20", wavyCloses(200)));
  const again = await backfill({ ...request, now: new Date("2025-05-20T23:00:00Z") }, house);
  expect(again.tickers[0]).toMatchObject({ written: 11 });
  expect((await sortedRows(database)).at(-1)?.analysisDate).toBe("2025-05-15");
});

test.skipIf(!hasShared)("real ADR prices: 14 tickers and 300 sessions, and a track record beside SPY", async () => {
  await using database = await openTestDatabase();
  const clock = createFakeClock(NOW);
  const settings = settingsOf({ MARKET_DATA: "csv", MARKET_DATA_DIR: sharedPath("data/prices") });
  await ensureTickers(database.db);
  const provider = createPriceProvider(settings, silentLogger);
  const market = createMarket({ db: database.db, provider, clock, log: silentLogger });
  const store = createRecommendationStore(database.db, market.source);
  const house = { settings, db: database.db, market, sources: noSources, store };
  const daily = await createRun({ db: database.db, now: NOW, clock, run: { trigger: "startup" } });
  expect(await runDailyAnalysis(daily, house)).toMatchObject({ outcome: "ok", unitsWritten: 14 });
  const latest = await store.latest();
  expect(latest).toMatchObject({ analysisDate: "2024-03-08", dataSource: "csv" });
  expect(new Set(latest!.items.map((item) => item.bar_date))).toEqual(new Set(["2024-03-08"]));

  const result = await backfill(await requestOf(database, "2023-01-02", "2024-03-08"), house);
  expect(result.written).toBeGreaterThan(14 * 290);
  expect((await store.latest())?.items).toHaveLength(14);

  const judging = await createRun({ db: database.db, now: NOW, clock, job: "track_record" });
  expect(await runTrackRecord(judging, house)).toMatchObject({ outcome: "ok" });
  const report = await loadTrackRecord(database.db);
  expect(report.benchmark).toBe("SPY");
  const [group] = report.groups;
  expect(group).toMatchObject({ origin: "backfill", data_source: "csv", tickers: 14, from: "2023-01-03" });
  for (const horizon of group!.horizons) {
    expect(horizon.n).toBeGreaterThan(3_000);
    expect(horizon.hit_rate).toBeGreaterThan(0.2);
    expect(horizon.hit_rate).toBeLessThan(0.8);
    const parts = horizon.by_recommendation.reduce((sum, part) => sum + part.n, 0);
    expect(parts).toBe(horizon.n);
  }
});
