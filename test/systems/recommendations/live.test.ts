import { expect, test } from "bun:test";
import { dailyRecommendations } from "../../../src/db/schema/recommendations.ts";
import { PriceError } from "../../../src/market/price-error.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import type { Sources } from "../../../src/systems/recommendations/facts.ts";
import { createLiveAnalysis } from "../../../src/systems/recommendations/live.ts";
import { LiveLimitError } from "../../../src/systems/recommendations/live-budget.ts";
import { ensureTickers } from "../../../src/systems/recommendations/tickers.ts";
import { createFakeClock } from "../../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { barsUpTo, createFakeMarket, wavyCloses } from "./fake-market.ts";
import { settingsOf } from "./fixtures.ts";
import { closedHttp, goodSources } from "./job-context.ts";

const MINUTE = 60_000;

interface Options {
  environment?: Record<string, string>;
  http?: HttpClient;
  source?: "csv" | "yahoo";
  sources?: Sources;
}

async function openLive(
  database: TestDatabase,
  { environment = {}, http = closedHttp, source = "csv", sources = goodSources }: Options = {},
) {
  const settings = settingsOf({ RECOMMENDATION_TICKERS: "YPF,GGAL,PAM", ...environment });
  await ensureTickers(database.db, settings.recommendationTickers);
  const bars = ["YPF", "GGAL", "PAM"].map((ticker, index) => [
    ticker,
    barsUpTo("2024-03-08", wavyCloses(280, index * 5)),
  ]);
  const market = createFakeMarket(Object.fromEntries(bars), source);
  const clock = createFakeClock("2024-03-08T23:00:00.000Z");
  const live = createLiveAnalysis({ settings, db: database.db, clock, market, sources, http });
  return { live, market, clock };
}

const limitOf = (promise: Promise<unknown>): Promise<LiveLimitError> =>
  promise.then(
    () => Promise.reject(new Error("no limit was met")),
    (thrown) => (thrown instanceof LiveLimitError ? thrown : Promise.reject(thrown)),
  );

test("row 31: a live analysis has the shape of a stored one, says so, and is not stored", async () => {
  await using database = await openTestDatabase();
  const { live } = await openLive(database);
  const { recommendation, details, sector } = await live.analyze("YPF");
  expect(recommendation).toMatchObject({ ticker: "YPF", source: "live", analysis_date: "2024-03-08", coverage: 1 });
  expect(sector).toBe("Energy");
  expect(Object.keys(details)).toEqual(["technical", "fundamental", "macro", "sentiment"]);
  expect((await live.analyze("YPF", "live-fallback")).recommendation.source).toBe("live-fallback");
  expect(await database.db.read.$count(dailyRecommendations)).toBe(0);
});

test("row 31: callers of one ticker share one analysis, for thirty minutes", async () => {
  await using database = await openTestDatabase();
  const { live, market, clock } = await openLive(database);
  await Promise.all([live.analyze("YPF"), live.analyze("YPF"), live.analyze("YPF")]);
  await clock.advance(29 * MINUTE);
  await live.analyze("YPF");
  expect(market.refreshed).toEqual(["YPF"]);
  await clock.advance(2 * MINUTE);
  await live.analyze("YPF");
  expect(market.refreshed).toEqual(["YPF", "YPF"]);
});

test("row 31: even without a cache, callers at the same time share one analysis", async () => {
  await using database = await openTestDatabase();
  const { live, market } = await openLive(database, { environment: { CACHE_EXPIRY_MINUTES: "0" } });
  await Promise.all([live.analyze("YPF"), live.analyze("YPF")]);
  expect(market.refreshed).toEqual(["YPF"]);
});

test("row 31: beyond LIVE_MAX_PER_HOUR a caller hears when to come back", async () => {
  await using database = await openTestDatabase();
  const environment = { LIVE_MAX_PER_HOUR: "2", CACHE_EXPIRY_MINUTES: "0" };
  const { live, market, clock } = await openLive(database, { environment });
  await live.analyze("YPF");
  await clock.advance(10 * MINUTE);
  await live.analyze("GGAL");
  await clock.advance(10 * MINUTE);
  expect((await limitOf(live.analyze("PAM"))).retryAfterSeconds).toBe(40 * 60);
  expect((await limitOf(live.analyzeAll())).retryAfterSeconds).toBe(3_600);
  expect(market.refreshed).toEqual(["YPF", "GGAL"]);
  await clock.advance(40 * MINUTE);
  await live.analyze("PAM");
  expect(market.refreshed).toEqual(["YPF", "GGAL", "PAM"]);
});

test("row 31: what the next batch needs of the day's requests is not touched", async () => {
  await using database = await openTestDatabase();
  let left = 12;
  const http: HttpClient = { ...closedHttp, budgetLeft: async () => left };
  const { live, market } = await openLive(database, { http, source: "yahoo" });
  // Three tickers need nine requests; one live analysis needs three more.
  await live.analyze("YPF");
  left = 11;
  const limit = await limitOf(live.analyze("GGAL"));
  expect(limit.retryAfterSeconds).toBe(3_600);
  expect(limit.message).toContain("kept for the next daily analysis");
  await live.analyze("YPF");
  expect(market.refreshed).toEqual(["YPF"]);
});

test("row 31: sources are told how much of their budget to leave", async () => {
  await using database = await openTestDatabase();
  const reserves: Record<string, number | undefined> = {};
  const sources: Sources = {
    fundamentals: (ticker, request) => {
      reserves.fundamentals = request.reserve;
      return goodSources.fundamentals(ticker, request);
    },
    macro: (request) => {
      reserves.macro = request.reserve;
      return goodSources.macro(request);
    },
    news: (ticker, request) => {
      reserves.news = request.reserve;
      return goodSources.news(ticker, request);
    },
  };
  const { live } = await openLive(database, { sources });
  await live.analyze("YPF");
  expect(reserves).toEqual({ fundamentals: 9, macro: 4, news: 9 });
});

test("row 31: only tickers of the list are analysed", async () => {
  await using database = await openTestDatabase();
  const { live, market } = await openLive(database);
  for (const name of ["AAPL", "ypf", "", "TEO"]) {
    await expect(live.analyze(name)).rejects.toMatchObject({ code: "unknown_ticker" });
  }
  expect(market.refreshed).toEqual([]);
});

test("a failed analysis is not kept, and the list names it", async () => {
  await using database = await openTestDatabase();
  const { live, market } = await openLive(database);
  market.faults.set("GGAL", new PriceError("source_unavailable", "GGAL", "The source is down."));
  const list = await live.analyzeAll();
  expect(list.items.map((item) => item.ticker).toSorted()).toEqual(["PAM", "YPF"]);
  expect(list.items[0]!.total_score).toBeGreaterThanOrEqual(list.items[1]!.total_score);
  expect(list.failed).toEqual([{ ticker: "GGAL", code: "source_unavailable", reason: "The source is down." }]);
  market.faults.clear();
  expect((await live.analyze("GGAL")).recommendation.ticker).toBe("GGAL");
});

test("a source that hangs is given up after a minute", async () => {
  await using database = await openTestDatabase();
  const { live, market, clock } = await openLive(database);
  market.onRefresh = (_symbol, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  // `expect(…).rejects` would wait here and now, before the clock moves.
  const failure = live.analyze("YPF").catch((thrown: unknown) => thrown);
  await clock.advance(MINUTE);
  expect(await failure).toMatchObject({ code: "live_timeout" });
});

test("row 31: the fallback needs the setting and data older than 36 hours", async () => {
  await using database = await openTestDatabase();
  const hours = (count: number) => ({ age_seconds: count * 3_600 });
  const off = await openLive(database);
  expect(off.live.fallbackWanted(hours(100))).toBe(false);
  const on = await openLive(database, { environment: { LIVE_FALLBACK_ENABLED: "true" } });
  expect([36, 36.01].map((age) => on.live.fallbackWanted(hours(age)))).toEqual([false, true]);
  expect(on.live.fallbackWanted({ age_seconds: null })).toBe(true);
});
