import { expect, test } from "bun:test";
import type { Database } from "../../../src/db/index.ts";
import { analysisDetails, dailyRecommendations } from "../../../src/db/schema/recommendations.ts";
import { cutBarsAt } from "../../../src/market/bars.ts";
import { PriceError } from "../../../src/market/price-error.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import { type DailyAnalysisDeps, runDailyAnalysis } from "../../../src/systems/recommendations/daily-analysis.ts";
import type { Sources } from "../../../src/systems/recommendations/facts.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import type { TickerReport } from "../../../src/systems/recommendations/summary-of-run.ts";
import { ensureTickers } from "../../../src/systems/recommendations/tickers.ts";
import { openTestDatabase } from "../../support/database.ts";
import { hasShared } from "../../support/shared.ts";
import { ADR_SYMBOLS, barsUpTo, createFakeMarket, type FakeMarket, readAdrBars, wavyCloses } from "./fake-market.ts";
import { settingsOf } from "./fixtures.ts";
import { createRun, goodSources, noSources } from "./job-context.ts";

const FRIDAY_EVENING = "2024-03-08T23:00:00.000Z";
const TICKERS = "YPF,GGAL,PAM,TEO";

interface House extends DailyAnalysisDeps {
  market: FakeMarket;
}

async function openHouse(
  db: Database,
  options: { tickers?: string; sources?: Sources; environment?: Record<string, string>; market?: FakeMarket } = {},
): Promise<House> {
  const settings = settingsOf({ RECOMMENDATION_TICKERS: options.tickers ?? TICKERS, ...options.environment });
  await ensureTickers(db, settings.recommendationTickers);
  const bars = settings.recommendationTickers.map(
    (ticker, index) => [ticker, barsUpTo("2024-03-08", wavyCloses(280, index * 7))] as const,
  );
  const market = options.market ?? createFakeMarket(Object.fromEntries(bars));
  return {
    settings,
    db,
    market,
    sources: options.sources ?? goodSources,
    store: createRecommendationStore(db, market.source),
  };
}

const rowsOf = (db: Database) => db.read.select().from(dailyRecommendations);
const reportsOf = (result: { logData?: Record<string, unknown> }) => result.logData?.per_ticker as TickerReport[];

test("a run rates every ticker, reports each one and tells the house", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const run = await createRun({ db: database.db, now: FRIDAY_EVENING, run: { trigger: "startup" } });
  const result = await runDailyAnalysis(run, house);
  expect(result).toMatchObject({ outcome: "ok", unitsWritten: 4, errors: 0 });
  const rows = await rowsOf(database.db);
  expect(rows.map((row) => [row.analysisDate, row.barDate, row.coverage, row.trigger, row.jobRunId])).toEqual(
    Array(4).fill(["2024-03-08", "2024-03-08", 1, "startup", run.run.id]),
  );
  expect(await database.db.read.$count(analysisDetails)).toBe(16);
  expect(reportsOf(result).map(({ ticker, status }) => `${ticker} ${status}`)).toEqual(
    TICKERS.split(",").map((ticker) => `${ticker} written`),
  );
  expect(run.advanced.toSorted()).toEqual(TICKERS.split(",").toSorted());
  expect(run.events).toEqual([
    {
      type: "scores.updated",
      public: true,
      data: { analysis_date: "2024-03-08", data_source: "csv", tickers: 4, outcome: "ok" },
    },
  ]);
});

test("a-30: the date is the slot's in the job's zone, though the bars are those complete by now", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const slotAt = new Date("2024-03-08T09:00:00Z");
  const run = await createRun({
    db: database.db,
    now: "2024-03-09T04:00:00.000Z",
    run: { trigger: "catchup", slotAt },
  });
  await runDailyAnalysis(run, house);
  expect((await rowsOf(database.db)).map((row) => [row.analysisDate, row.barDate])).toContainEqual([
    "2024-03-08",
    "2024-03-08",
  ]);
});

test("a session that has not ended is not seen", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const run = await createRun({ db: database.db, now: "2024-03-08T20:59:00.000Z", run: { trigger: "manual" } });
  await runDailyAnalysis(run, house);
  expect(new Set((await rowsOf(database.db)).map((row) => row.barDate))).toEqual(new Set(["2024-03-07"]));
});

test.each([
  ["fundamentals, macro, news", [true, true, true]],
  ["macro, news", [false, true, true]],
  ["fundamentals, news", [true, false, true]],
  ["fundamentals, macro", [true, true, false]],
  ["news", [false, false, true]],
  ["macro", [false, true, false]],
  ["fundamentals", [true, false, false]],
  ["nothing", [false, false, false]],
] as const)(
  "row 6: beside prices with %s, coverage, null scores and total follow",
  async (_, [fundamental, macro, news]) => {
    await using database = await openTestDatabase();
    const sources: Sources = {
      fundamentals: (fundamental ? goodSources : noSources).fundamentals,
      macro: (macro ? goodSources : noSources).macro,
      news: (news ? goodSources : noSources).news,
    };
    const house = await openHouse(database.db, { sources, tickers: "YPF" });
    const run = await createRun({ db: database.db, now: FRIDAY_EVENING, run: { trigger: "manual" } });
    await runDailyAnalysis(run, house);
    const [row] = await rowsOf(database.db);
    const parts = [
      [0.5, row!.technicalScore, true],
      [0.3, row!.fundamentalScore, fundamental],
      [0.1, row!.macroScore, macro],
      [0.1, row!.sentimentScore, news],
    ] as const;
    for (const [, score, present] of parts) expect(score !== null).toBe(present);
    const coverage = parts.reduce((sum, [weight, , present]) => sum + (present ? weight : 0), 0);
    const mean = parts.reduce((sum, [weight, score]) => sum + weight * (score ?? 0), 0) / coverage;
    expect(row!.coverage).toBeCloseTo(coverage, 6);
    expect(Math.abs(row!.totalScore - (50 + (mean - 50) * (0.6 + 0.4 * coverage)))).toBeLessThanOrEqual(0.0051);
  },
);

test("row 6: without prices there is no row, whatever else is known", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db, { tickers: "YPF" });
  house.market.faults.set("YPF", new PriceError("source_unavailable", "YPF", "The source is down."));
  const run = await createRun({ db: database.db, now: FRIDAY_EVENING });
  const result = await runDailyAnalysis(run, house);
  expect(result).toMatchObject({ outcome: "failed", unitsWritten: 0, errors: 1 });
  expect(reportsOf(result)[0]).toMatchObject({ status: "failed", error: "source_unavailable" });
  expect(await rowsOf(database.db)).toEqual([]);
});

test("row 7, a-1: when everything fails nothing is written, and the last date is still served with its age", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  await runDailyAnalysis(await createRun({ db: database.db, now: "2024-03-07T23:00:00.000Z" }), house);
  house.market.stored.clear();
  house.market.faults.set("*", new PriceError("source_unavailable", "*", "The source is down."));
  house.sources = noSources;
  const run = await createRun({ db: database.db, now: FRIDAY_EVENING });
  const result = await runDailyAnalysis(run, house);
  expect(result).toMatchObject({ outcome: "failed", unitsWritten: 0 });
  expect(run.events).toEqual([]);
  expect((await house.store.latest())?.analysisDate).toBe("2024-03-07");
  expect((await house.store.dataAge(new Date(FRIDAY_EVENING))).age_seconds).toBe(86_400);
});

test("row 8: a keyless run has coverage of at least 0.6 when prices and official macro answer", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db, { sources: { ...noSources, macro: goodSources.macro } });
  const result = await runDailyAnalysis(await createRun({ db: database.db, now: FRIDAY_EVENING }), house);
  expect(result.outcome).toBe("ok");
  for (const row of await rowsOf(database.db)) expect(row.coverage).toBeGreaterThanOrEqual(0.6);
});

test("row 9, a-19: with the network off, stored bars are used as stale until they are too old", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  await runDailyAnalysis(await createRun({ db: database.db, now: FRIDAY_EVENING }), house);
  house.market.faults.set("*", new PriceError("source_unavailable", "*", "The network is off."));
  house.sources = {
    fundamentals: () => Promise.reject(new Error("https://secret.test/?apikey=KEY")),
    macro: () => Promise.reject(new Error("off")),
    news: () => Promise.reject(new Error("off")),
  };
  const later = await runDailyAnalysis(await createRun({ db: database.db, now: "2024-03-11T09:00:00.000Z" }), house);
  expect(later).toMatchObject({ outcome: "ok", unitsWritten: 4 });
  expect(later.logData?.errors_by_analysis).toEqual({ technical: 4, fundamental: 4, macro: 1, sentiment: 4 });
  expect(later.errors).toBe(13);
  const latest = await house.store.latest();
  expect(latest?.items[0]?.data_quality).toEqual({
    technical: "stale",
    fundamental: "missing",
    macro: "missing",
    sentiment: "missing",
  });
  expect(JSON.stringify(await database.db.read.select().from(analysisDetails))).not.toContain("apikey");

  const tooLate = await runDailyAnalysis(await createRun({ db: database.db, now: "2024-03-16T09:00:00.000Z" }), house);
  expect(tooLate).toMatchObject({ outcome: "failed", unitsWritten: 0 });
  expect(reportsOf(tooLate).map(({ error }) => error)).toEqual(Array(4).fill("stale_prices"));
});

test("prices that end long before the window of an analysis are called old, not missing", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const late = await createRun({ db: database.db, now: "2026-11-21T09:00:00.000Z" });
  expect(reportsOf(await runDailyAnalysis(late, house)).map(({ error }) => error)).toEqual(
    Array(4).fill("stale_prices"),
  );
  house.market.faults.set("*", new PriceError("no_source", "YPF", "No folder of price files is configured."));
  const later = await createRun({ db: database.db, now: "2026-11-22T09:00:00.000Z" });
  expect(reportsOf(await runDailyAnalysis(later, house)).map(({ error }) => error)).toEqual(
    Array(4).fill("stale_prices"),
  );
});

test("one ticker's fault costs only that ticker, and the share of the written decides", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  house.market.faults.set("TEO", new PriceError("bad_data", "TEO", "TEO.csv line 3: not a number."));
  const partial = await runDailyAnalysis(await createRun({ db: database.db, now: FRIDAY_EVENING }), house);
  expect(partial).toMatchObject({ outcome: "partial", unitsWritten: 3, errors: 1 });
  expect(partial.message).toBe("3 of 4 tickers have a row for 2024-03-08 (bad_data: TEO).");
  for (const symbol of ["YPF", "GGAL"]) house.market.faults.set(symbol, new PriceError("bad_data", symbol, "Broken."));
  house.market.stored.clear();
  const failed = await runDailyAnalysis(await createRun({ db: database.db, now: "2024-03-09T23:00:00.000Z" }), house);
  expect(failed).toMatchObject({ outcome: "failed", unitsWritten: 1 });
});

test("a ticker without a file in the folder of prices is skipped, not failed", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  house.market.offered.delete("TEO");
  const result = await runDailyAnalysis(await createRun({ db: database.db, now: FRIDAY_EVENING }), house);
  expect(result).toMatchObject({ outcome: "ok", unitsWritten: 3, errors: 0 });
  expect(reportsOf(result).at(-1)).toMatchObject({ ticker: "TEO", status: "skipped", error: "not_offered" });
  house.market.offered.clear();
  house.market.stored.clear();
  const nothing = await runDailyAnalysis(await createRun({ db: database.db, now: FRIDAY_EVENING }), house);
  expect(nothing.outcome).toBe("failed");
});

test("row 21: a retry does only the tickers that have no row of its slot", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const early = await createRun({
    db: database.db,
    now: "2024-03-08T02:00:00.000Z",
    run: { trigger: "manual", params: { as_of: "2024-03-07" } },
  });
  await runDailyAnalysis(early, house);
  const slotAt = new Date("2024-03-07T09:00:00Z");
  const at = (now: string, attempt: number) =>
    createRun({ db: database.db, now, run: { trigger: attempt > 1 ? "retry" : "cron", slotAt, attempt } });
  // The row of 2024-03-07 written by hand is younger than the slot: the first attempt does all the same.
  for (const symbol of ["YPF", "GGAL", "PAM"])
    house.market.faults.set(symbol, new PriceError("source_unavailable", symbol, "Down."));
  house.market.stored.clear();
  await database.db.write(async (tx) => void (await tx.delete(dailyRecommendations)));
  const first = await runDailyAnalysis(await at("2024-03-07T09:00:00.000Z", 1), house);
  expect(first).toMatchObject({ outcome: "failed", unitsWritten: 1 });
  house.market.faults.delete("YPF");
  const second = await runDailyAnalysis(await at("2024-03-07T09:05:00.000Z", 2), house);
  expect(second).toMatchObject({ outcome: "partial", unitsWritten: 1 });
  house.market.faults.clear();
  house.market.refreshed.length = 0;
  const third = await runDailyAnalysis(await at("2024-03-07T09:20:00.000Z", 3), house);
  expect(third).toMatchObject({ outcome: "ok", unitsWritten: 2 });
  expect(house.market.refreshed.toSorted()).toEqual(["GGAL", "PAM"]);
  expect(reportsOf(third).map(({ status }) => status)).toEqual([
    "already_written",
    "written",
    "written",
    "already_written",
  ]);
  const rows = await rowsOf(database.db);
  expect(rows.map((row) => row.revision)).toEqual([1, 1, 1, 1]);
});

test("row 21: rows older than the slot do not count as done, and a retry with nothing left completes", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const slotAt = new Date("2024-03-08T09:00:00Z");
  await runDailyAnalysis(
    await createRun({ db: database.db, now: "2024-03-08T08:00:00.000Z", run: { trigger: "manual" } }),
    house,
  );
  const at = (now: string) => createRun({ db: database.db, now, run: { trigger: "retry", slotAt, attempt: 2 } });
  const redone = await runDailyAnalysis(await at("2024-03-08T09:10:00.000Z"), house);
  expect(redone.unitsWritten).toBe(4);
  const nothingLeft = await runDailyAnalysis(await at("2024-03-08T09:20:00.000Z"), house);
  expect(nothingLeft).toMatchObject({ outcome: "ok", unitsWritten: 0, errors: 0 });
});

test("row 20: an abort keeps the rows that were finished and writes none after it", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db, { environment: { ANALYSIS_CONCURRENCY: "2" } });
  const run = await createRun({ db: database.db, now: FRIDAY_EVENING });
  house.market.onRefresh = (symbol, signal) => {
    if (symbol !== "PAM") return;
    return new Promise<void>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      queueMicrotask(() => run.controller.abort(new Error("time limit")));
    });
  };
  await expect(runDailyAnalysis(run, house)).rejects.toThrow("time limit");
  const kept = (await rowsOf(database.db)).map((row) => row.ticker).toSorted();
  // With two at a time, the third ticker begins when one of the first two is stored.
  expect(kept.length).toBeGreaterThan(0);
  expect(kept).not.toContain("PAM");
});

test("a-14: whoever else is served gets a turn between two tickers", async () => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const run = await createRun({ db: database.db, now: FRIDAY_EVENING });
  let turns = 0;
  let running = true;
  const takeTurns = () => {
    turns++;
    if (running) setImmediate(takeTurns);
  };
  setImmediate(takeTurns);
  await runDailyAnalysis(run, house);
  running = false;
  expect(turns).toBeGreaterThanOrEqual(
    house.settings.recommendationTickers.length / house.settings.analysisConcurrency,
  );
});

test.each([
  ["2024-02-30", "as_of is not a date that exists."],
  ["2024-03-09", "as_of lies after today, 2024-03-08."],
  [7, "as_of is not a date that exists."],
])("as_of %p is refused", async (asOf, message) => {
  await using database = await openTestDatabase();
  const house = await openHouse(database.db);
  const run = await createRun({
    db: database.db,
    now: FRIDAY_EVENING,
    run: { trigger: "manual", params: { as_of: asOf } },
  });
  await expect(runDailyAnalysis(run, house)).rejects.toThrow(message);
});

test("calls are counted by source, and a source that only failed is called down", async () => {
  await using database = await openTestDatabase();
  const http: HttpClient = {
    call: async (peer) => {
      if (peer === "fmp") throw Object.assign(new Error("fmp: 503"), { status: 503 });
      return { status: 200, headers: new Headers(), text: "", json: () => ({}) };
    },
    budgetLeft: async (peer) => (peer === "fmp" ? 246 : Number.POSITIVE_INFINITY),
  };
  const calling: Sources = {
    ...noSources,
    async fundamentals(_ticker, { http: door, signal }) {
      await door.call("yahoo", { url: "https://a.test", kind: "chart", signal });
      await door.call("fmp", { url: "https://a.test", kind: "ratios", signal });
      return { status: "missing", source: null, reason: "nothing" };
    },
  };
  const house = await openHouse(database.db, {
    sources: calling,
    environment: { MARKET_DATA: "yahoo", FMP_API_KEY: "fmp-key-of-a-test" },
  });
  const result = await runDailyAnalysis(await createRun({ db: database.db, now: FRIDAY_EVENING, http }), house);
  expect(result.logData).toMatchObject({
    source_calls: { fmp: 4, yahoo: 4 },
    sources_down: ["fmp"],
    quota: { fmp: { used: 4, limit: 250 } },
  });
});

test.skipIf(!hasShared)(
  "no look-ahead: as_of t over the whole history stores exactly what was stored at t",
  async () => {
    const whole = await readAdrBars();
    const dates = ["2023-03-15", "2023-09-22", "2024-01-12"];
    const tickers = ADR_SYMBOLS.join(",");
    const comparable = async (db: Database) =>
      (await rowsOf(db))
        .map(
          ({ id: _id, jobRunId: _run, trigger: _trigger, createdAt: _c, updatedAt: _u, revision: _r, ...row }) => row,
        )
        .toSorted((a, b) => a.analysisDate.localeCompare(b.analysisDate) || a.ticker.localeCompare(b.ticker));

    await using then = await openTestDatabase();
    for (const date of dates) {
      const cut = Object.fromEntries(Object.entries(whole).map(([symbol, bars]) => [symbol, cutBarsAt(bars, date)]));
      const house = await openHouse(then.db, { tickers, market: createFakeMarket(cut), sources: noSources });
      await runDailyAnalysis(
        await createRun({ db: then.db, now: `${date}T23:00:00.000Z`, run: { trigger: "startup" } }),
        house,
      );
    }
    await using now = await openTestDatabase();
    const house = await openHouse(now.db, { tickers, market: createFakeMarket(whole), sources: noSources });
    for (const date of dates) {
      const run = { trigger: "manual", params: { as_of: date } } as const;
      await runDailyAnalysis(await createRun({ db: now.db, now: FRIDAY_EVENING, run }), house);
    }
    const stored = await comparable(then.db);
    expect(stored).toHaveLength(14 * 3);
    expect(await comparable(now.db)).toEqual(stored);
  },
);
