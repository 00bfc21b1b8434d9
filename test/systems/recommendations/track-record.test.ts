import { expect, test } from "bun:test";
import fc from "fast-check";
import { recommendationOutcomes } from "../../../src/db/schema/recommendations.ts";
import { type Bars, toBars } from "../../../src/market/bars.ts";
import { computeOutcomes, holdBand, isHit } from "../../../src/systems/recommendations/outcomes.ts";
import { createRecommendationStore } from "../../../src/systems/recommendations/store.ts";
import { loadTrackRecord, runTrackRecord } from "../../../src/systems/recommendations/track-record.ts";
import { openTestDatabase, type TestDatabase } from "../../support/database.ts";
import { soakTimes } from "../../support/soak.ts";
import { barsUpTo, createFakeMarket, rowsOf } from "./fake-market.ts";
import { origin, rated, verdict } from "./fixtures.ts";
import { createRun } from "./job-context.ts";

/** 31 sessions to Friday 2026-02-27; the ticker starts at 100 on session 10, SPY at 400. */
const NOW = "2026-03-01T09:30:00.000Z";
const tickerBars = barsUpTo("2026-02-27", [
  ...Array(10).fill(90),
  100,
  101,
  102,
  103,
  104,
  110,
  ...Array(14).fill(112),
  120,
]);
const spyBars = barsUpTo("2026-02-27", [
  ...Array(10).fill(390),
  400,
  400,
  400,
  400,
  400,
  404,
  ...Array(14).fill(410),
  420,
]);
const START = tickerBars.date[10]!;

async function judge(database: TestDatabase, bars: Record<string, Bars>, now = NOW) {
  const market = createFakeMarket(bars);
  const context = await createRun({ db: database.db, now, job: "track_record" });
  return { market, result: await runTrackRecord(context, { db: database.db, market }) };
}

async function storeCalls(database: TestDatabase) {
  const store = createRecommendationStore(database.db, "csv");
  const make = (ticker: string, changes: object) => rated(ticker, { barDate: START, verdict: verdict(changes) });
  await store.save(
    [
      make("BUY", { recommendation: "COMPRAR", totalScore: 75, confidence: 85 }),
      make("HOLD", { recommendation: "MANTENER", totalScore: 55, confidence: 82 }),
      make("SELL", { recommendation: "VENDER", totalScore: 30, confidence: 45 }),
    ],
    origin(START),
  );
  return store;
}

const PRICES = { BUY: tickerBars, HOLD: tickerBars, SELL: tickerBars };

test("a hand-computed example: returns, excess over SPY and hits after 5 and 20 sessions", async () => {
  await using database = await openTestDatabase();
  await storeCalls(database);
  const { result } = await judge(database, { ...PRICES, SPY: spyBars });
  expect(result).toMatchObject({ outcome: "ok", unitsWritten: 6, errors: 0 });
  const rows = await database.db.read.select().from(recommendationOutcomes);
  const buy = rows.filter((row) => row.recommendationId === 1);
  // 110/100 - 1 = 10 %, SPY 404/400 - 1 = 1 %; 120/100 - 1 = 20 %, SPY 420/400 - 1 = 5 %; 60 sessions have not passed.
  expect(buy).toHaveLength(2);
  expect(buy[0]).toMatchObject({
    horizon: 5,
    startPrice: 100,
    endPrice: 110,
    endDate: tickerBars.date[15]!,
    hit: true,
  });
  expect(buy[0]!.returnFraction).toBeCloseTo(0.1, 12);
  expect(buy[0]!.excessReturn).toBeCloseTo(0.09, 12);
  expect(buy[1]).toMatchObject({ horizon: 20, benchmark: "SPY", hit: true });
  expect(buy[1]!.excessReturn).toBeCloseTo(0.15, 12);

  const report = await loadTrackRecord(database.db);
  expect(report).toMatchObject({ benchmark: "SPY", groups: [{ origin: "batch", data_source: "csv", tickers: 3 }] });
  const [five, , sixty] = report.groups[0]!.horizons;
  expect(five).toMatchObject({
    horizon: 5,
    n: 3,
    sessions: 1,
    hit_rate: 0.3333,
    mean_return: 0.1,
    mean_excess_return: 0.09,
    hold_band: 0.025,
    by_recommendation: [
      { recommendation: "COMPRAR", n: 1, hit_rate: 1 },
      { recommendation: "MANTENER", n: 1, hit_rate: 0 },
      { recommendation: "VENDER", n: 1, hit_rate: 0 },
    ],
    by_score: [
      { from: 0, to: 40, n: 1, hit_rate: 0 },
      { from: 50, to: 60, n: 1, hit_rate: 0 },
      { from: 70, to: 80, n: 1, hit_rate: 1 },
    ],
    calibration: [
      { from: 40, to: 50, n: 1, hit_rate: 0, mean_confidence: 45 },
      { from: 80, to: 90, n: 2, hit_rate: 0.5, mean_confidence: 83.5 },
    ],
  });
  expect(sixty).toMatchObject({ n: 0, hit_rate: null, mean_return: null, mean_excess_return: null, by_score: [] });
});

test("a second run writes nothing, and rewritten bars correct what was judged", async () => {
  await using database = await openTestDatabase();
  await storeCalls(database);
  const prices = { ...PRICES, SPY: spyBars };
  await judge(database, prices);
  expect((await judge(database, prices)).result.unitsWritten).toBe(0);
  const halved = toBars(rowsOf(tickerBars).map((bar) => ({ ...bar, adjClose: bar.adjClose / 2 })));
  expect((await judge(database, { ...prices, BUY: halved })).result.unitsWritten).toBe(0);
  const corrected = toBars(rowsOf(tickerBars).map((bar, index) => (index === 15 ? { ...bar, adjClose: 95 } : bar)));
  expect((await judge(database, { ...prices, BUY: corrected })).result.unitsWritten).toBe(1);
  const rows = await database.db.read.select().from(recommendationOutcomes);
  expect(rows.find((row) => row.recommendationId === 1 && row.horizon === 5)).toMatchObject({
    endPrice: 95,
    hit: false,
  });
});

test("without bars of SPY the raw return decides", async () => {
  await using database = await openTestDatabase();
  await storeCalls(database);
  await judge(database, PRICES);
  const [row] = await database.db.read.select().from(recommendationOutcomes);
  expect(row).toMatchObject({ benchmark: null, benchmarkReturn: null, excessReturn: null, hit: true });
});

test("bars after the present are not looked at", async () => {
  await using database = await openTestDatabase();
  await storeCalls(database);
  const market = createFakeMarket({ ...PRICES, SPY: spyBars });
  for (const [symbol, bars] of market.offered) market.stored.set(symbol, bars);
  market.faults.set("*", new Error("off"));
  const context = await createRun({
    db: database.db,
    now: `${tickerBars.date[16]}T09:00:00.000Z`,
    job: "track_record",
  });
  await runTrackRecord(context, { db: database.db, market });
  const rows = await database.db.read.select().from(recommendationOutcomes);
  expect(rows.map((row) => row.horizon)).toEqual([5, 5, 5]);
});

test("sample and real prices, batches and backfills never mix", async () => {
  await using database = await openTestDatabase();
  const store = await storeCalls(database);
  await store.save([rated("SPL", { barDate: START, dataSource: "sample" })], origin(START));
  await store.save([rated("OLD", { barDate: START })], origin("2026-02-01", { trigger: "backfill" }));
  await judge(database, { ...PRICES, SPL: tickerBars, OLD: tickerBars, SPY: spyBars });
  const { groups } = await loadTrackRecord(database.db);
  expect(groups.map((group) => `${group.origin} ${group.data_source} ${group.horizons[0]!.n}`)).toEqual([
    "backfill csv 1",
    "batch csv 3",
  ]);
});

test("a recommendation that is written again is judged again", async () => {
  await using database = await openTestDatabase();
  const store = await storeCalls(database);
  await judge(database, { ...PRICES, SPY: spyBars });
  const changed = verdict({ recommendation: "VENDER" });
  await store.save([rated("BUY", { barDate: START, verdict: changed })], origin(START));
  expect((await judge(database, { ...PRICES, SPY: spyBars })).result.unitsWritten).toBe(2);
});

test("a hit is what each level promised", () => {
  expect([isHit("COMPRAR", 20, 0.001), isHit("COMPRAR", 20, 0), isHit("VENDER", 20, -0.001)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(holdBand(20)).toBe(0.05);
  expect([isHit("MANTENER", 20, -0.05), isHit("MANTENER", 20, 0.0501)]).toEqual([true, false]);
});

test("returns equal those of a plain search over the sessions", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 90 }),
      fc.nat(89),
      (closes, offset) => {
        const bars = barsUpTo("2026-02-27", closes);
        const start = offset % closes.length;
        const expected = [5, 20, 60]
          .filter((horizon) => start + horizon < closes.length)
          .map((horizon) => [horizon, closes[start + horizon]! / closes[start]! - 1]);
        const found = computeOutcomes("COMPRAR", bars.date[start]!, bars, { symbol: "SPY", bars });
        expect(found.map(({ horizon, returnFraction }) => [horizon, returnFraction])).toEqual(expected);
        expect(found.every(({ excessReturn }) => excessReturn === 0)).toBe(true);
      },
    ),
    { numRuns: soakTimes(100, 2_000) },
  );
});
