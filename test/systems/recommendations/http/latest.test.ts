import { afterAll, expect, test } from "bun:test";
import { PriceError } from "../../../../src/market/price-error.ts";
import { insertRun, origin, rated, verdict } from "../fixtures.ts";
import { type Api, json, openApi, type ProblemBody, TODAY } from "./harness.ts";

const PATH = "/api/recommendations/latest";

interface Item {
  ticker: string;
  recommendation: string;
  total_score: number;
  confidence: number;
  source: string;
  data_source: string;
}

interface Envelope {
  analysis_date: string;
  data_source: string;
  age_seconds: number;
  count: number;
  items: Item[];
  failed?: { ticker: string; code: string; reason: string }[];
}

/** Three levels on one date, written three hours before now. */
async function saveThree({ db, store }: Api, date = TODAY) {
  const jobRunId = await insertRun(db, { outcome: "ok" });
  const rows = [
    rated("PAM", { verdict: verdict({ totalScore: 35, confidence: 60, recommendation: "VENDER" }) }),
    rated("YPF", { verdict: verdict({ totalScore: 71.25, confidence: 90, recommendation: "COMPRAR" }) }),
    rated("GGAL", { verdict: verdict({ totalScore: 55, confidence: 75.5 }) }),
  ];
  await store.save(rows, origin(date, { jobRunId }));
  return jobRunId;
}

/** For tests that only read. */
const shared = await openApi();
await saveThree(shared);
afterAll(() => shared[Symbol.asyncDispose]());

const tickersOf = (items: readonly Item[]) => items.map(({ ticker }) => ticker);

test("row 25: the list has every key of Recommendation+ in order, sorted by total", async () => {
  const items = await json<Item[]>(await shared.get(PATH));
  expect(tickersOf(items)).toEqual(["YPF", "GGAL", "PAM"]);
  expect(Object.keys(items[0]!)).toEqual([
    ...["ticker", "company_name", "recommendation", "total_score", "confidence"],
    ...["technical_score", "fundamental_score", "macro_score", "sentiment_score"],
    ...["current_price", "target_price", "risk_level", "color", "summary", "timestamp"],
    ...["analysis_date", "bar_date", "currency", "coverage", "scoring_profile", "data_quality", "source"],
    "data_source",
  ]);
  expect(items[0]).toMatchObject({
    recommendation: "COMPRAR",
    color: "green",
    macro_score: null,
    timestamp: "2026-03-02T09:00:00.000Z",
    analysis_date: TODAY,
    data_quality: { technical: "fresh", fundamental: "fresh", macro: "missing", sentiment: "stale" },
    source: "batch",
    data_source: "csv",
  });
});

test("row 25: the envelope says date, source, age and count", async () => {
  const { items, ...envelope } = await json<Envelope>(await shared.get(`${PATH}?format=envelope`));
  expect(envelope).toEqual({ analysis_date: TODAY, data_source: "csv", age_seconds: 3 * 3_600, count: 3 });
  expect(items).toEqual(await json<Item[]>(await shared.get(PATH)));
});

test("row 25: headers name date, age, source and how long to keep it", async () => {
  const { headers } = await shared.get(PATH);
  expect(headers.get("x-analysis-date")).toBe(TODAY);
  expect(headers.get("x-data-age-seconds")).toBe("10800");
  expect(headers.get("x-data-source")).toBe("csv");
  expect(headers.get("cache-control")).toBe("max-age=60");
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("etag")).toMatch(/^"/);
});

test("row 25: filters by confidence and level, alone and together", async () => {
  const filtered = async (query: string) => tickersOf(await json<Item[]>(await shared.get(`${PATH}?${query}`)));
  expect(await filtered("min_confidence=75.5")).toEqual(["YPF", "GGAL"]);
  expect(await filtered("recommendation=VENDER")).toEqual(["PAM"]);
  expect(await filtered("recommendation=VENDER&min_confidence=61")).toEqual([]);
  const envelope = await json<Envelope>(await shared.get(`${PATH}?format=envelope&recommendation=VENDER`));
  expect([envelope.count, tickersOf(envelope.items)]).toEqual([1, ["PAM"]]);
});

test.each([
  ["min_confidence=101", "query.min_confidence"],
  ["min_confidence=high", "query.min_confidence"],
  ["recommendation=comprar", "query.recommendation"],
  ["format=xml", "query.format"],
  ["mode=now", "query.mode"],
])("row 25: ?%s is 422 and names the parameter", async (query, path) => {
  const response = await shared.get(`${PATH}?${query}`);
  const problem = await json<ProblemBody & { errors: { path: string }[] }>(response);
  expect([response.status, problem.code, problem.errors[0]?.path]).toEqual([422, "invalid_input", path]);
  expect(problem.detail).toStartWith(`${path} is not valid`);
});

test("row 25: the tag gives 304 until a row changes; each shape has its own", async () => {
  await using api = await openApi();
  const jobRunId = await saveThree(api);
  const paths = [PATH, `${PATH}?format=envelope`, `${PATH}?min_confidence=70`, `${PATH}?min_confidence=71`];
  const tags = await Promise.all(paths.map(async (path) => (await api.get(path)).headers.get("etag")!));
  expect(new Set(tags).size).toBe(paths.length);
  for (const [index, path] of paths.entries()) {
    const unchanged = await api.get(path, { "If-None-Match": tags[index]! });
    expect([unchanged.status, await unchanged.text()]).toEqual([304, ""]);
    expect(unchanged.headers.get("etag")).toBe(tags[index]!);
    expect(unchanged.headers.get("x-analysis-date")).toBe(TODAY);
    expect(unchanged.headers.get("cache-control")).toBe("max-age=60");
  }
  await api.store.save([rated("YPF")], origin(TODAY, { jobRunId }));
  const changed = await api.get(PATH, { "If-None-Match": tags[0]! });
  expect([changed.status, changed.headers.get("etag") === tags[0]]).toEqual([200, false]);
});

test("row 25: an empty store is 404 no_analysis_yet", async () => {
  await using api = await openApi();
  for (const path of [PATH, `${PATH}?format=envelope`]) {
    const response = await api.get(path);
    expect([response.status, (await json<ProblemBody>(response)).code]).toEqual([404, "no_analysis_yet"]);
  }
});

test("row 7: old rows are still served, with their age", async () => {
  await using api = await openApi();
  await saveThree(api, "2026-02-20");
  const response = await api.get(`${PATH}?format=envelope`);
  const { age_seconds } = await json<Envelope>(response);
  expect(age_seconds).toBe(9 * 86_400 + 12 * 3_600 + 1);
  expect(response.headers.get("x-data-age-seconds")).toBe(String(age_seconds));
});

test("row 31: mode=live answers in both shapes, is not stored and not kept by caches", async () => {
  await using api = await openApi();
  const response = await api.get(`${PATH}?mode=live`);
  const items = await json<Item[]>(response);
  expect(tickersOf(items).toSorted()).toEqual(["GGAL", "PAM", "YPF"]);
  expect(items.every(({ source, data_source }) => source === "live" && data_source === "csv")).toBe(true);
  expect(response.headers.get("x-data-source")).toBe("csv");
  expect(response.headers.get("x-data-age-seconds")).toBe("0");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const { items: enveloped, ...envelope } = await json<Envelope>(await api.get(`${PATH}?mode=live&format=envelope`));
  expect(envelope).toEqual({ analysis_date: TODAY, data_source: "csv", age_seconds: 0, count: 3, failed: [] });
  expect(enveloped).toEqual(items);
  expect((await api.get(PATH)).status).toBe(404);
});

test("row 31: a ticker without a live result is named, not left out in silence; none at all is 503", async () => {
  await using api = await openApi();
  api.market.faults.set("GGAL", new PriceError("source_unavailable", "GGAL", "The source is down."));
  const { failed, count } = await json<Envelope>(await api.get(`${PATH}?mode=live&format=envelope`));
  expect([count, failed]).toEqual([2, [{ ticker: "GGAL", code: "source_unavailable", reason: "The source is down." }]]);
  await api.clock.advance(31 * 60_000);
  api.market.faults.set("*", new PriceError("source_unavailable", "*", "Every source is down."));
  api.market.stored.clear();
  const response = await api.get(`${PATH}?mode=live`);
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "60"]);
  expect((await json<ProblemBody>(response)).code).toBe("live_unavailable");
});

test("row 31: beyond the budget a list is refused whole, with the time to come back", async () => {
  await using api = await openApi({ environment: { LIVE_MAX_PER_HOUR: "2" } });
  const response = await api.get(`${PATH}?mode=live`);
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "3600"]);
  expect((await json<ProblemBody>(response)).code).toBe("live_limit");
  expect(api.market.refreshed).toEqual([]);
});

test("row 31: the fallback to live needs its switch and data older than 36 h", async () => {
  await using off = await openApi();
  await saveThree(off, "2026-02-20");
  expect((await json<Item[]>(await off.get(PATH)))[0]?.source).toBe("batch");
  await using on = await openApi({ environment: { LIVE_FALLBACK_ENABLED: "true" } });
  await saveThree(on);
  expect((await json<Item[]>(await on.get(PATH)))[0]?.source).toBe("batch");
  await on.clock.advance(34 * 3_600_000);
  expect((await json<Item[]>(await on.get(PATH)))[0]?.source).toBe("live-fallback");
});

test("row 31: a fallback that is refused leaves the stored answer", async () => {
  await using api = await openApi({ environment: { LIVE_FALLBACK_ENABLED: "true", LIVE_MAX_PER_HOUR: "0" } });
  expect((await api.get(PATH)).status).toBe(429);
  await saveThree(api, "2026-02-20");
  const response = await api.get(PATH);
  expect([response.status, (await json<Item[]>(response))[0]?.source]).toEqual([200, "batch"]);
  expect(api.log.lines.map(({ event }) => event)).toContain("live.fallback_failed");
});
