import { afterAll, expect, test } from "bun:test";
import { dailyRecommendations } from "../../../../src/db/schema/recommendations.ts";
import { PriceError } from "../../../../src/market/price-error.ts";
import { openTestHouse } from "../../../support/house.ts";
import { origin, rated, scored } from "../fixtures.ts";
import { json, openApi, type ProblemBody, TODAY } from "./harness.ts";

/** The house with sample data, on 2024-03-08 at 20:00 in Buenos Aires. */
const house = await openTestHouse({ settings: { RECOMMENDATION_TICKERS: "YPF,GGAL,PAM" } });
/** The routes alone, with rows whose parts are missing. */
const bare = await openApi();
await bare.store.save(
  [
    rated("YPF", {
      currentPrice: null,
      analyses: [
        scored("technical", 60),
        scored("fundamental", null, "error"),
        { ...scored("macro", null, "missing"), indicators: { cer_rate: 1 } },
      ],
    }),
    rated("PAM", { analyses: [] }),
  ],
  origin(TODAY),
);
await bare.db.write((tx) =>
  tx.update(dailyRecommendations).set({ riskLevel: null, summary: null, companyName: null, targetPrice: null }),
);
bare.store.invalidate();
afterAll(() => Promise.all([house[Symbol.asyncDispose](), bare[Symbol.asyncDispose]()]));

/** Section 8: name and type of each field, in order; `?` may be null. */
const RECOMMENDATION = {
  ticker: "string",
  company_name: "string?",
  recommendation: "string",
  total_score: "number",
  confidence: "number",
  technical_score: "number",
  fundamental_score: "number",
  macro_score: "number",
  sentiment_score: "number",
  current_price: "number?",
  target_price: "number?",
  risk_level: "string",
  color: "string",
  summary: "string",
  timestamp: "string",
};
const SCORES = {
  ticker: "string",
  technical_score: "number",
  fundamental_score: "number",
  macro_score: "number",
  sentiment_score: "number",
  total_score: "number",
  rsi: "number?",
  macd_signal: "string?",
  moving_average_trend: "null",
  roe: "number?",
  debt_to_equity: "number?",
  current_ratio: "null",
  pe_ratio: "null",
  cer_stability: "number?",
  usd_stability: "null",
  inflation_impact: "null",
  news_sentiment: "string?",
  news_count: "number?",
  timestamp: "string",
};
const ANALYSIS = {
  ticker: "string",
  company_name: "string?",
  sector: "string?",
  market_cap: "number?",
  current_price: "number?",
  price_change_24h: "number?",
  price_change_percent: "number?",
  score_breakdown: "object",
  recommendation: "object",
  technical_indicators: "object",
  financial_ratios: "object",
  recent_news: "array",
  macro_context: "object",
  recommendation_history: "array",
  timestamp: "string",
};

type Body = Record<string, unknown>;

const typeOf = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

/** Order and types of the fields, read from the bytes of the answer. */
function expectShape(body: Body, shape: Record<string, string>) {
  expect(Object.keys(body)).toEqual(Object.keys(shape));
  for (const [name, type] of Object.entries(shape)) {
    const allowed = type.endsWith("?") ? [type.slice(0, -1), "null"] : [type];
    expect([name, typeOf(body[name])]).toEqual([name, allowed.find((one) => one === typeOf(body[name])) ?? type]);
  }
}

const NAIVE_LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;

test.each(["live", "cached"])("row 29: /daily?mode=%s has the old list, lower case, sorted by total", async (mode) => {
  const response = await house.fetch(`/api/recommendations/daily?mode=${mode}`);
  const list = await json<Body[]>(response);
  expect(list).toHaveLength(3);
  for (const item of list) {
    expectShape(item, RECOMMENDATION);
    expect(item.recommendation).toBeOneOf(["comprar", "mantener", "vender"]);
    expect(item.summary).toContain("(datos de muestra)");
    expect(item.timestamp).toBe("2024-03-08T20:00:00.000000");
  }
  const totals = list.map(({ total_score }) => total_score as number);
  expect(totals).toEqual(totals.toSorted((left, right) => right - left));
  expect(response.headers.get("x-data-source")).toBe("sample");
});

test("row 29: live is the default, as it was, and the same tickers have the same totals", async () => {
  const text = async (path: string) => (await house.fetch(`/api/recommendations/daily${path}`)).text();
  expect(await text("")).toBe(await text("?mode=live"));
  expect(await text("?mode=cached")).toBe(await text("?mode=live"));
});

test.each(["live", "cached"])("row 29: /analysis/{ticker}?mode=%s has the old shape throughout", async (mode) => {
  const response = await house.fetch(`/api/analysis/ypf?mode=${mode}`);
  expect(response.headers.get("x-data-source")).toBe("sample");
  const body = await json<Body>(response);
  expectShape(body, ANALYSIS);
  expectShape(body.score_breakdown as Body, SCORES);
  expectShape(body.recommendation as Body, RECOMMENDATION);
  expect(Object.keys(body.technical_indicators as Body)).toEqual([
    ...["rsi", "macd", "macd_signal", "macd_histogram", "sma_20", "sma_50", "sma_200"],
    ...["bollinger_upper", "bollinger_lower", "volume_sma"],
  ]);
  expect(Object.keys(body.macro_context as Body)).toEqual([
    ...["macro_score", "indicators", "interpretation", "trends", "impact_on_stocks", "timestamp"],
  ]);
  expect(Object.keys((body.macro_context as { indicators: Body }).indicators)).toEqual([
    ...["cer_rate", "usd_rate", "inflation_rate", "country_risk", "stability_score"],
  ]);
  expect(Object.keys((body.recent_news as Body[])[0]!)).toEqual([
    ...["title", "description", "url", "published_at", "source", "sentiment", "sentiment_score"],
  ]);
  expect(body.recommendation_history).toEqual([]);
});

test("row 29, a-24: price_change_24h stays the percentage in the old route", async () => {
  const body = await house.get<Body>("/api/analysis/YPF?mode=cached");
  const latest = await house.get<Body>("/api/analysis/YPF/latest");
  expect(body.price_change_24h).toBe(body.price_change_percent);
  expect(body.price_change_24h).toBe(latest.price_change_percent);
  expect(body.price_change_24h).not.toBe(latest.price_change_24h);
});

test.each(["live", "cached"])("row 29: /scores/{ticker}?mode=%s has the old breakdown", async (mode) => {
  const body = await house.get<Body>(`/api/scores/YPF?mode=${mode}`);
  expectShape(body, SCORES);
  expect(body.macd_signal).toStartWith("Señal");
  expect(body.timestamp).toMatch(NAIVE_LOCAL);
});

test("row 29, a-5: missing parts are {}, nulls become 50 only here, nothing is 500", async () => {
  const daily = await json<Body[]>(await bare.get("/api/recommendations/daily?mode=cached"));
  for (const item of daily) expectShape(item, RECOMMENDATION);
  expect(daily.find(({ ticker }) => ticker === "YPF")).toMatchObject({
    technical_score: 60,
    fundamental_score: 50,
    macro_score: 50,
    sentiment_score: 50,
    current_price: null,
    risk_level: "medium",
    summary: "",
  });
  for (const ticker of ["YPF", "PAM"]) {
    const body = await json<Body>(await bare.get(`/api/analysis/${ticker}?mode=cached`));
    expectShape(body, ANALYSIS);
    expect([body.financial_ratios, body.macro_context, body.recent_news]).toEqual([{}, {}, []]);
    expect(body.market_cap).toBeNull();
    expectShape(await json<Body>(await bare.get(`/api/scores/${ticker}?mode=cached`)), SCORES);
  }
  const now = await json<Body[]>(await bare.get("/api/recommendations/latest"));
  expect(now.find(({ ticker }) => ticker === "YPF")).toMatchObject({ fundamental_score: null, macro_score: null });
});

test("row 29: every answer, good or not, is marked as deprecated and names its successor", async () => {
  const successors = {
    "/api/recommendations/daily?mode=cached": ["/api/recommendations/latest", 200],
    "/api/analysis/YPF?mode=cached": ["/api/analysis/YPF/latest", 200],
    "/api/scores/ypf?mode=cached": ["/api/analysis/ypf/latest", 200],
    "/api/scores/NOSUCH?mode=cached": ["/api/analysis/NOSUCH/latest", 404],
    "/api/analysis/not%20one?mode=cached": ["/api/analysis/not%20one/latest", 422],
    "/api/recommendations/daily?mode=soon": ["/api/recommendations/latest", 422],
  } as const;
  for (const [path, [successor, status]] of Object.entries(successors)) {
    const response = await house.fetch(path);
    expect([path, response.status]).toEqual([path, status]);
    expect(response.headers.get("deprecation")).toBe("true");
    expect(Date.parse(response.headers.get("sunset")!)).toBeGreaterThan(Date.parse("2026-01-01"));
    expect(response.headers.get("link")).toBe(`<${successor}>; rel="successor-version"`);
  }
});

test("row 29: deprecated requests are counted by route", async () => {
  await house.fetch("/api/scores/YPF?mode=cached");
  const figures = await (await house.fetch("/metrics")).text();
  for (const route of ["/api/recommendations/daily", "/api/analysis/{ticker}", "/api/scores/{ticker}"])
    expect(figures).toMatch(new RegExp(`legacy_requests_total\\{route="${route.replace(/[{}]/g, "\\$&")}"\\} [1-9]`));
});

test("row 29, a-17: strings that are no ticker, and tickers not on the list, are not analysed", async () => {
  for (const route of ["analysis", "scores"]) {
    expect((await bare.get(`/api/${route}/AAPL`)).status).toBe(404);
    expect((await bare.get(`/api/${route}/DROP%20TABLE`)).status).toBe(422);
  }
  expect(bare.market.refreshed).toEqual([]);
});

test("row 29, a-26: what broke inside does not leave", async () => {
  await using api = await openApi();
  api.market.faults.set("*", new Error("GET https://host/path?apikey=SECRET failed at /srv/canary/x.ts:1"));
  for (const path of ["/api/recommendations/daily", "/api/analysis/YPF", "/api/scores/YPF"]) {
    const response = await api.get(path);
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(text).not.toMatch(/SECRET|apikey|\/home\/me|at .*\.ts/);
    expect(JSON.parse(text).detail).toBeString();
  }
});

test("row 29: a source that is down is 503 with a sentence and Retry-After, before any analysis 404", async () => {
  await using api = await openApi();
  const empty = await api.get("/api/recommendations/daily?mode=cached");
  expect([empty.status, (await json<ProblemBody>(empty)).code]).toEqual([404, "no_analysis_yet"]);
  api.market.faults.set("*", new PriceError("source_unavailable", "YPF", "The source is down."));
  const response = await api.get("/api/analysis/YPF");
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "60"]);
  expect((await json<ProblemBody>(response)).detail).toBe("The source is down.");
});
