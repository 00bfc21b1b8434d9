import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../../../src/kit/random.ts";
import { toBars } from "../../../../src/market/bars.ts";
import { analyzeSeries } from "../../../../src/systems/recommendations/scoring/analyze-series.ts";
import {
  analyzeTechnical,
  LEGACY_WINDOW_BARS,
} from "../../../../src/systems/recommendations/scoring/analyze-technical.ts";
import { computeIndicators, INDICATOR_NAMES } from "../../../../src/systems/recommendations/scoring/indicators.ts";
import {
  scoreTechnical,
  scoreTechnicalLegacy,
  TECHNICAL_MAXIMA,
} from "../../../../src/systems/recommendations/scoring/technical.ts";
import { computeVolatility } from "../../../../src/systems/recommendations/scoring/volatility.ts";
import { hasShared } from "../../../support/shared.ts";
import { soakTimes } from "../../../support/soak.ts";
import {
  type EdgeCase,
  expectRecorded,
  expectScore,
  type GoldenSeries,
  readGolden,
  type WindowCase,
} from "./golden.ts";
import { barsOf, randomCloses, trendingCloses } from "./series.ts";

describe.skipIf(!hasShared)("recorded scores", async () => {
  const series = await readGolden<GoldenSeries>("series_aapl.json");
  const windows = {
    126: (await readGolden<{ cases: WindowCase[] }>("scores_aapl_w126.json")).cases,
    252: (await readGolden<{ cases: WindowCase[] }>("scores_aapl_w252.json")).cases,
  };
  const edges = (await readGolden<{ cases: EdgeCase[] }>("edge_technical.json")).cases;
  const bars = hasShared ? seriesBars(series) : barsOf([]);

  test.each([126, 252] as const)(
    "row 2: legacy-1 gives every indicator, score and signal of the %p-bar windows",
    (window) => {
      for (const recorded of windows[window]) {
        const options = { profile: "legacy-1", window, asOf: recorded.as_of, dataSource: "file" } as const;
        const analysis = analyzeSeries("AAPL", bars, options);
        expect(analysis.bars).toBe(recorded.window_bars);
        expect(analysis.as_of).toBe(recorded.as_of);
        for (const name of INDICATOR_NAMES)
          expectRecorded(analysis.indicators[name], recorded.indicators[name], `${recorded.as_of} ${name}`);
        expectScore(analysis.technical_score, recorded.technical_score, recorded.as_of);
        expect(analysis.signals).toEqual(recorded.signals);
      }
    },
  );

  test("row 2: legacy-1 gives every recorded edge case", () => {
    expect(edges).toHaveLength(12);
    for (const edge of edges) {
      const analysis = analyzeSeries(edge.name, barsOf(edge.close, edge.volume), {
        profile: "legacy-1",
        dataSource: "file",
      });
      for (const name of INDICATOR_NAMES)
        expectRecorded(analysis.indicators[name], edge.indicators[name], `${edge.name} ${name}`);
      expectScore(analysis.technical_score, edge.technical_score, edge.name);
      expect({ ...analysis.signals }).toEqual(edge.signals);
    }
  });

  test("row 2: a legacy-1 run shows the recorded price and change", () => {
    const cases = windows[126];
    expect(cases.length).toBeGreaterThan(100);
    for (const recorded of cases) {
      const upTo = seriesBars(series, recorded.index + 1);
      const { score, indicators, metadata } = analyzeTechnical(upTo, "legacy-1");
      expect(score).toBe(recorded.technical_score);
      expect(indicators!.bars).toBe(Math.min(LEGACY_WINDOW_BARS, recorded.index + 1));
      expectScore(Number(indicators!.current_price), recorded.current_price, recorded.as_of);
      expectScore(Number(indicators!.price_change_percent), recorded.price_change_pct, recorded.as_of);
      expect(metadata.signals).toEqual(recorded.signals);
    }
  });

  test("row 4: v2 is the record without nulls, times 100/95, where every part exists", () => {
    const complete = windows[252].filter(({ window_bars }) => window_bars >= 200);
    expect(complete.length).toBeGreaterThan(50);
    for (const recorded of complete) {
      const options = { profile: "v2", window: 252, asOf: recorded.as_of, dataSource: "file" } as const;
      const { technical_score } = analyzeSeries("AAPL", bars, options);
      expect(Math.abs(technical_score! - (recorded.technical_score_nulls_skipped * 100) / 95)).toBeLessThanOrEqual(
        0.01,
      );
    }
  });

  test("row 4: v2 is the same rule where the long average does not exist yet", () => {
    const partial = windows[126].filter(({ window_bars }) => window_bars >= 60);
    for (const recorded of partial) {
      const options = { profile: "v2", window: 126, asOf: recorded.as_of, dataSource: "file" } as const;
      const { technical_score } = analyzeSeries("AAPL", bars, options);
      expect(Math.abs(technical_score! - (recorded.technical_score_nulls_skipped * 100) / 95)).toBeLessThanOrEqual(
        0.01,
      );
    }
  });
});

test("row 4: v2 leaves the RSI of a flat series out", () => {
  const analysis = analyzeTechnical(barsOf(new Array<number>(60).fill(10)), "v2");
  expect(analysis.indicators!.rsi).toBeNull();
  expect(analysis.metadata.points).toEqual({ macd: 10, averages: 0, bollinger: 10 });
  expect(analysis.metadata.signals).not.toHaveProperty("rsi");
  expect(analysis.score).toBe(28.57);
});

test("defect a-3: an average that does not exist costs points in legacy-1 and none in v2", () => {
  const rising = trendingCloses(120, 0.01);
  const indicators = computeIndicators(Float64Array.from(rising), Float64Array.from(rising));
  const price = rising.at(-1)!;
  expect(indicators.sma_200).toBeNaN();
  expect(scoreTechnicalLegacy(price, indicators).points.averages).toBeCloseTo(50 / 3, 12);
  expect(scoreTechnical(price, indicators).points.averages).toBe(25);
});

test("defect a-8: v2 reaches 100, which the announced maxima of legacy-1 never allow", () => {
  expect(Object.values(TECHNICAL_MAXIMA).reduce((sum, points) => sum + points)).toBe(95);
  const oversoldRise = {
    ...computeIndicators(new Float64Array([1]), new Float64Array([1])),
    rsi: 20,
    macd: 2,
    macd_signal: 1,
    macd_histogram: 1,
    sma_20: 9,
    sma_50: 8,
    sma_200: 7,
    bollinger_upper: 13,
    bollinger_lower: 11,
  };
  expect(scoreTechnical(10, oversoldRise).score).toBe(100);
  expect(scoreTechnicalLegacy(10, oversoldRise).score).toBe(95);
});

describe("defect a-21: what cannot be divided is an analysis error, never a number", () => {
  test.each([
    ["a previous close of 0", (closes: number[]) => closes.with(-2, 0)],
    ["a negative price", (closes: number[]) => closes.with(40, -3)],
    ["a price that is not a number", (closes: number[]) => closes.with(70, Number.NaN)],
    ["an infinite price", (closes: number[]) => closes.with(0, Number.POSITIVE_INFINITY)],
  ])("%s", (_, spoil) => {
    const bars = barsOf(spoil(randomCloses(100)));
    for (const profile of ["v2", "legacy-1"] as const) {
      const analysis = analyzeTechnical(bars, profile);
      expect(analysis).toMatchObject({ score: null, indicators: null, metadata: { status: "error" } });
      expect(analysis.metadata.error).toMatch(/^The price of \d{4}-\d\d-\d\d is not a positive number\.$/);
    }
  });

  test("an infinite volume", () => {
    const closes = randomCloses(100);
    const analysis = analyzeTechnical(barsOf(closes, closes.with(-1, Number.POSITIVE_INFINITY)), "v2");
    expect(analysis.score === null || Number.isFinite(analysis.score)).toBe(true);
    expect(JSON.stringify(analysis.indicators)).not.toContain("Infinity");
  });

  test("an analyzed series prints null instead", () => {
    const analysis = analyzeSeries("X", barsOf([10, Number.NaN, 11]), { profile: "legacy-1", dataSource: "file" });
    expect(analysis.technical_score).toBeNull();
    expect(Object.values(analysis.indicators)).toSatisfy((values) => values.every((value) => value === null));
  });
});

describe("bars that do not suffice", () => {
  test.each([
    ["legacy-1", 20, 21],
    ["v2", 59, 60],
  ] as const)("%s gives no score with %p bars and one with %p", (profile, few, enough) => {
    const closes = randomCloses(enough);
    const missing = analyzeTechnical(barsOf(closes.slice(0, few)), profile);
    expect(missing).toMatchObject({ score: null, metadata: { status: "missing" } });
    expect(missing.metadata.error).toBe(`${few} complete bars, ${enough} are needed.`);
    expect(analyzeTechnical(barsOf(closes), profile).score).toBeNumber();
  });

  test("none at all", () => {
    expect(analyzeTechnical(barsOf([]), "v2")).toMatchObject({
      score: null,
      metadata: { status: "missing", as_of: null },
    });
    const empty = analyzeSeries("X", barsOf([]), { profile: "v2", dataSource: "file" });
    expect(empty).toMatchObject({ as_of: null, bars: 0, technical_score: null, signals: { rsi: null } });
  });

  test("an analyzed series of v2 keeps its indicators and points without a score", () => {
    const analysis = analyzeSeries("X", barsOf(randomCloses(30)), { profile: "v2", dataSource: "file" });
    expect(analysis.technical_score).toBeNull();
    expect(analysis.indicators.sma_20).toBeNumber();
    expect(analysis.points.bollinger).toBeNumber();
  });
});

test("scores stay within 0..100 and finite on any random series, in both profiles", () => {
  for (let seed = 1; seed <= soakTimes(300, 5_000); seed++) {
    const random = seededRandom(seed);
    const bars = barsOf(randomCloses(60 + Math.floor(300 * random()), random));
    for (const profile of ["v2", "legacy-1"] as const) {
      const { score, indicators, metadata } = analyzeTechnical(bars, profile);
      expect(score).toBeWithin(0, 100.001);
      for (const value of Object.values(indicators!)) expect(value === null || Number.isFinite(value)).toBe(true);
      expect(metadata.status).toBe("fresh");
    }
  }
});

test("the analysis says where its bars came from and shows the unadjusted price", () => {
  const closes = trendingCloses(80, 0.002);
  const rows = closes.map((close, index) => ({
    date: `2024-${String(1 + Math.floor(index / 28)).padStart(2, "0")}-${String(1 + (index % 28)).padStart(2, "0")}`,
    open: close,
    high: close,
    low: close,
    close,
    adjClose: close * 0.9,
    volume: 5,
  }));
  const analysis = analyzeTechnical(toBars(rows), "v2", { source: "csv", fetchedAt: "2024-03-25T00:00:00.000Z" });
  expect(analysis.metadata).toMatchObject({
    status: "fresh",
    source: "csv",
    fetched_at: "2024-03-25T00:00:00.000Z",
    as_of: rows.at(-1)!.date,
  });
  expect(analysis.indicators).toMatchObject({ bars: 80, current_price: Number(closes.at(-1)!.toFixed(2)) });
  expect(analysis.indicators!.price_change_percent).toBe(0.2);
  expect(analysis.indicators!.price_change).toBeCloseTo(closes.at(-1)! - closes.at(-2)!, 2);
  expect(analysis.raw).toMatchObject({ bars: 80, last_bar: { date: rows.at(-1)!.date, close: closes.at(-1) } });
});

test("prices of cents are prices", () => {
  const cents = randomCloses(100).map((close) => close / 1_000);
  expect(analyzeTechnical(barsOf(cents), "v2")).toMatchObject({ metadata: { status: "fresh" } });
});

test("legacy-1 looks at half a year, 126 bars, however many there are", () => {
  const closes = randomCloses(300, seededRandom(2));
  const { indicators, score } = analyzeTechnical(barsOf(closes), "legacy-1");
  const half = analyzeTechnical(barsOf(closes.slice(-126)), "legacy-1");
  expect({ indicators, score }).toEqual({ indicators: half.indicators, score: half.score });
  expect(indicators).toMatchObject({ bars: 126, sma_200: null });
});

test("analyzeSeries sees nothing after its date and no more than its window", () => {
  const closes = randomCloses(300);
  const full = barsOf(closes);
  const asOf = full.date[199]!;
  const cut = analyzeSeries("X", full, { profile: "v2", window: 100, asOf, dataSource: "csv" });
  const alone = analyzeSeries("X", barsOf(closes.slice(100, 200)), { profile: "v2", dataSource: "csv" });
  expect(cut).toEqual({ ...alone, as_of: asOf });
  expect(cut.bars).toBe(100);
});

describe("volatility", () => {
  test("equals the textbook formula over the last 60 returns", () => {
    const closes = randomCloses(200, seededRandom(5));
    const returns = closes.slice(-60).map((close, index) => Math.log(close / closes[closes.length - 61 + index]!));
    const mean = returns.reduce((sum, value) => sum + value) / 60;
    const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 59;
    expect(computeVolatility(Float64Array.from(closes))!).toBeCloseTo(Math.sqrt(variance * 252), 12);
  });

  test("is 0 without movement and unknown with fewer than two returns", () => {
    expect(computeVolatility(Float64Array.from([5, 5, 5]))).toBe(0);
    expect(computeVolatility(Float64Array.from([5, 6]))).toBeNull();
    expect(computeVolatility(new Float64Array())).toBeNull();
  });
});

function seriesBars(series: GoldenSeries, count = series.date.length) {
  const rows = series.date.slice(0, count).map((date, index) => ({
    date,
    open: series.open[index]!,
    high: series.high[index]!,
    low: series.low[index]!,
    close: series.close[index]!,
    adjClose: series.adjclose[index]!,
    volume: series.volume[index]!,
  }));
  return toBars(rows);
}
