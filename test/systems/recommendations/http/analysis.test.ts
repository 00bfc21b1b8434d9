import { afterAll, expect, test } from "bun:test";
import type { TickerAnalysis } from "../../../../src/systems/recommendations/http/analysis-shape.ts";
import { csvPrices, openTestHouse } from "../../../support/house.ts";
import { hasShared } from "../../../support/shared.ts";
import { insertRun, origin, rated, scored, verdict } from "../fixtures.ts";
import { json, openApi, type ProblemBody, TODAY } from "./harness.ts";

interface HistoryPage {
  ticker: string;
  items: { analysis_date: string; details?: Record<string, { score: number | null; raw_data: unknown }> }[];
  count: number;
  next_cursor: string | null;
}

/** For tests that only read: YPF on three days, the newest of them today. */
const shared = await openApi();
const jobRunId = await insertRun(shared.db, { outcome: "ok" });
for (const date of ["2026-01-10", "2026-02-20", TODAY])
  await shared.store.save([rated("YPF")], origin(date, { jobRunId }));
const sample = await openTestHouse({ settings: { RECOMMENDATION_TICKERS: "YPF,GGAL" } });
afterAll(() => Promise.all([shared[Symbol.asyncDispose](), sample[Symbol.asyncDispose]()]));

test("row 27: /latest keeps the old keys in order, filled, and adds its own", async () => {
  const response = await sample.fetch("/api/analysis/YPF/latest");
  expect(response.headers.get("x-data-source")).toBe("sample");
  expect(response.headers.get("x-analysis-date")).toBe("2024-03-08");
  expect(response.headers.get("cache-control")).toBe("max-age=60");
  const body = await json<TickerAnalysis>(response);
  expect(Object.keys(body)).toEqual([
    ...["ticker", "company_name", "sector", "market_cap", "current_price", "price_change_24h", "price_change_percent"],
    ...["score_breakdown", "recommendation", "technical_indicators", "financial_ratios", "recent_news"],
    ...["macro_context", "recommendation_history", "timestamp"],
    ...["analysis_date", "bar_date", "currency", "coverage", "scoring_profile", "data_quality", "source"],
    "data_source",
  ]);
  const latest = await sample.get<{ ticker: string }[]>("/api/recommendations/latest");
  expect<unknown>(body.recommendation).toEqual(latest.find(({ ticker }) => ticker === "YPF"));
  expect(body).toMatchObject({ ticker: "YPF", sector: "Energy", analysis_date: "2024-03-08", source: "batch" });
  expect(body.recent_news[0]!.title).toContain("(muestra)");
  expect(body.data_source).toBe("sample");
});

test("row 27, a-24: the price change is an amount, its percentage stands beside it", async () => {
  const body = await sample.get<TickerAnalysis>("/api/analysis/YPF/latest");
  const { current_price, previous_close } = body.technical_indicators;
  expect(body.price_change_24h).toBeCloseTo(current_price! - previous_close!, 2);
  expect(body.price_change_percent).toBeCloseTo((body.price_change_24h! / previous_close!) * 100, 1);
});

test("row 27, a-25: fields that were never filled are filled or gone", async () => {
  const {
    score_breakdown: breakdown,
    macro_context: macro,
    ...body
  } = await sample.get<TickerAnalysis>("/api/analysis/YPF/latest");
  expect(Object.values(breakdown)).not.toContain(null);
  expect(Object.keys(breakdown)).not.toContain("cer_stability");
  expect(breakdown.cer_index).toBe(macro.indicators.cer_rate!);
  expect(breakdown.moving_average_trend).toStartWith("Tendencia");
  expect(breakdown.pe_ratio).toBe(body.financial_ratios.pe_ratio!);
  expect(Object.keys(macro)).toEqual(["macro_score", "indicators", "interpretation", "trends", "impact_on_stocks"]);
  expect(body.recommendation_history).toHaveLength(1);
});

test.skipIf(!hasShared)("row 27, a-5: without fundamentals, macro and news the answer has empty parts", async () => {
  await using house = await openTestHouse({ settings: { ...csvPrices, RECOMMENDATION_TICKERS: "YPF" } });
  const body = await house.get<TickerAnalysis>("/api/analysis/YPF/latest");
  expect([body.financial_ratios, body.recent_news, body.market_cap, body.coverage]).toEqual([{}, [], null, 0.5]);
  expect(body.macro_context).toEqual({
    macro_score: null,
    indicators: {},
    interpretation: null,
    trends: {},
    impact_on_stocks: null,
  });
  expect(body.score_breakdown).toMatchObject({ fundamental_score: null, roe: null, news_count: null });
  expect(body.data_quality).toEqual({
    technical: "fresh",
    fundamental: "missing",
    macro: "missing",
    sentiment: "missing",
  });
});

test("row 27: its history holds the verdicts of the last 30 days", async () => {
  const { recommendation_history } = await json<TickerAnalysis>(await shared.get("/api/analysis/YPF/latest"));
  expect(recommendation_history).toEqual(
    [TODAY, "2026-02-20"].map((analysis_date) => ({
      analysis_date,
      recommendation: "MANTENER",
      total_score: 55,
      confidence: 80,
    })),
  );
});

test("row 27: details that are not there leave nulls and empty objects", async () => {
  await using api = await openApi();
  await api.store.save([rated("YPF", { currentPrice: null, analyses: [] })], origin(TODAY));
  const body = await json<TickerAnalysis>(await api.get("/api/analysis/YPF/latest"));
  expect(body).toMatchObject({
    technical_indicators: {},
    financial_ratios: {},
    recent_news: [],
    price_change_24h: null,
  });
});

test("row 27: articles that a former version stored otherwise do not break the answer", async () => {
  await using api = await openApi();
  const articles = [{ title: "Sube", polarity: "high", label: "?" }, "text", null, [1]];
  const news = { ...scored("sentiment", 60), raw: { articles } };
  await api.store.save([rated("YPF", { analyses: [news] })], origin(TODAY));
  const { recent_news } = await json<TickerAnalysis>(await api.get("/api/analysis/YPF/latest"));
  expect(recent_news).toEqual([
    {
      title: "Sube",
      description: null,
      url: "",
      source: null,
      published_at: "",
      label: "neutral",
      polarity: null,
      confidence: null,
      method: "",
    },
  ]);
});

test("row 27: the tag gives 304 while nothing changes", async () => {
  const first = await shared.get("/api/analysis/YPF/latest");
  const again = await shared.get("/api/analysis/YPF/latest", { "If-None-Match": first.headers.get("etag")! });
  expect([again.status, await again.text()]).toEqual([304, ""]);
});

test("row 27: a ticker may be written in lower case", async () => {
  for (const path of ["/api/analysis/ypf/latest", "/api/analysis/yPf/history"]) {
    const response = await shared.get(path);
    expect([response.status, (await json<{ ticker: string }>(response)).ticker]).toEqual([200, "YPF"]);
  }
});

test("row 27: a ticker without rows is 404", async () => {
  for (const path of ["/api/analysis/GGAL/latest", "/api/analysis/NOSUCH/history"]) {
    const response = await shared.get(path);
    expect([response.status, (await json<ProblemBody>(response)).code]).toEqual([404, "unknown_ticker"]);
  }
});

test.each(["ELEVENCHARS", "Y%20PF", "YPF%3B--", "%F0%9F%92%A9", "A%00B", "%FF", "Y$", "1,2"])(
  "row 27: %s is no ticker: 422",
  async (ticker) => {
    for (const route of ["latest", "history"]) {
      const response = await shared.get(`/api/analysis/${ticker}/${route}`);
      expect([response.status, (await json<ProblemBody>(response)).code]).toEqual([422, "invalid_input"]);
    }
  },
);

test("row 27: BRK.B and the like are tickers", async () => {
  expect((await shared.get("/api/analysis/BRK.B/latest")).status).toBe(404);
  expect((await shared.get("/api/analysis/BF-B/latest")).status).toBe(404);
});

test("row 27: /history has the shape of the specification, without details unless asked", async () => {
  const page = await json<HistoryPage>(await shared.get("/api/analysis/YPF/history?limit=1"));
  expect(page).toEqual({
    ticker: "YPF",
    items: [
      {
        analysis_date: TODAY,
        bar_date: "2026-02-27",
        recommendation: "MANTENER",
        total_score: 55,
        confidence: 80,
        coverage: 1,
        scores: { technical: 60, fundamental: 50, macro: null, sentiment: 40 },
        current_price: 10,
        data_source: "csv",
      },
    ],
    count: 1,
    next_cursor: expect.any(String),
  } as unknown as HistoryPage);
  const next = await json<HistoryPage>(
    await shared.get(`/api/analysis/YPF/history?limit=1&cursor=${page.next_cursor}`),
  );
  expect([next.items[0]?.analysis_date, next.next_cursor]).toEqual(["2026-02-20", null]);
});

test("row 27: ?type adds the details of one analysis", async () => {
  const page = await json<HistoryPage>(await shared.get("/api/analysis/YPF/history?type=technical&limit=1"));
  const { details } = page.items[0]!;
  expect(Object.keys(details!)).toEqual(["technical"]);
  expect(details!.technical).toMatchObject({ score: 60, raw_data: { said: "technical" } });
  expect((await shared.get("/api/analysis/YPF/history?type=astrology")).status).toBe(422);
});

test("row 27: a cursor of another ticker or range is 400; a bad range 422", async () => {
  const { next_cursor } = await json<HistoryPage>(await shared.get("/api/analysis/YPF/history?limit=1"));
  await shared.store.save([rated("PAM")], origin("2026-02-20", { jobRunId }));
  for (const query of [`PAM/history?cursor=${next_cursor}`, `YPF/history?type=macro&cursor=${next_cursor}`])
    expect((await shared.get(`/api/analysis/${query}`)).status).toBe(400);
  expect((await shared.get("/api/analysis/YPF/history?from=2026-13-01")).status).toBe(422);
  expect((await shared.get("/api/analysis/YPF/history?limit=501")).status).toBe(422);
});

test("sample and real data do not mix: the source in use comes first, and so does its history", async () => {
  await using api = await openApi();
  const generated = rated("YPF", { dataSource: "sample", verdict: verdict({ totalScore: 99 }) });
  await api.store.save([rated("YPF")], origin("2026-02-20"));
  for (const date of ["2026-02-10", TODAY]) await api.store.save([generated], origin(date));
  const body = await json<TickerAnalysis>(await api.get("/api/analysis/YPF/latest"));
  expect([body.data_source, body.analysis_date]).toEqual(["csv", "2026-02-20"]);
  expect(body.recommendation_history.map(({ total_score }) => total_score)).toEqual([55]);
});

test("row 31: mode=live analyses one ticker for every caller at once, and is kept out of caches", async () => {
  await using api = await openApi();
  const path = "/api/analysis/YPF/latest?mode=live";
  const responses = await Promise.all([api.get(path), api.get(path), api.get(path.replace("YPF", "ypf"))]);
  const bodies = await Promise.all(responses.map((response) => json<TickerAnalysis>(response)));
  expect(bodies.map(({ ticker, source }) => [ticker, source])).toEqual(bodies.map(() => ["YPF", "live"]));
  expect(responses[0]!.headers.get("cache-control")).toBe("no-store");
  expect(api.market.refreshed).toEqual(["YPF"]);
  expect((await api.get("/api/analysis/YPF/latest")).status).toBe(404);
});

test("row 31, a-17: a live analysis of anything but the list is 404 and costs nothing", async () => {
  await using api = await openApi();
  const response = await api.get("/api/analysis/AAPL/latest?mode=live");
  expect([response.status, (await json<ProblemBody>(response)).code]).toEqual([404, "unknown_ticker"]);
  expect(api.market.refreshed).toEqual([]);
});

test("row 31: beyond the hour's budget, or into the next batch's, is 429 with Retry-After", async () => {
  await using api = await openApi({ environment: { LIVE_MAX_PER_HOUR: "1" } });
  expect((await api.get("/api/analysis/YPF/latest?mode=live")).status).toBe(200);
  await api.clock.advance(600_000);
  const late = await api.get("/api/analysis/GGAL/latest?mode=live");
  expect([late.status, late.headers.get("retry-after")]).toEqual([429, "3000"]);
  expect((await json<ProblemBody>(late)).detail).toContain("mode=cached");

  const http = { call: () => Promise.reject(new Error("off")), budgetLeft: async () => 9 };
  await using yahoo = await openApi({ source: "yahoo", http });
  const reserved = await yahoo.get("/api/analysis/YPF/latest?mode=live");
  expect([reserved.status, reserved.headers.get("retry-after")]).toEqual([429, String(12 * 3_600)]);
});
