import { describe, expect, test } from "bun:test";
import { BollingerBands, RSI, SMA } from "technicalindicators";
import { seededRandom } from "../../../../src/kit/random.ts";
import {
  computeIndicatorSeries,
  computeIndicators,
  INDICATOR_NAMES,
} from "../../../../src/systems/recommendations/scoring/indicators.ts";
import { hasShared } from "../../../support/shared.ts";
import { soakTimes } from "../../../support/soak.ts";
import { expectRecorded, type GoldenSeries, type Recorded, readGolden } from "./golden.ts";
import { randomCloses } from "./series.ts";

const columns = (closes: readonly number[]) =>
  [Float64Array.from(closes), Float64Array.from(closes, (_, index) => 1_000 + index)] as const;

describe.skipIf(!hasShared)("recorded indicators", async () => {
  const golden = await readGolden<Record<string, Recorded[]>>("indicators_aapl.json");
  const series = await readGolden<GoldenSeries>("series_aapl.json");

  test("row 1: every indicator at every bar is within 1e-9 of its record", () => {
    const computed = computeIndicatorSeries(Float64Array.from(series.adjclose), Float64Array.from(series.volume));
    let compared = 0;
    for (const [name, values] of Object.entries(computed)) {
      const recorded = golden[RECORDED_NAMES[name] ?? name];
      expect(recorded, name).toBeArrayOfSize(values.length);
      for (const [index, value] of values.entries()) {
        expectRecorded(value, recorded![index]!, `${name}[${index}]`);
        compared++;
      }
    }
    expect(compared).toBe(13 * series.adjclose.length);
  });
});

const RECORDED_NAMES: Record<string, string> = { rsi: "rsi_14", volume_sma: "volume_sma_20" };

test("the last-bar version equals the series at every bar, bit for bit", () => {
  for (let seed = 1; seed <= soakTimes(5, 200); seed++) {
    const [prices, volumes] = columns(randomCloses(260, seededRandom(seed)));
    const series = computeIndicatorSeries(prices, volumes);
    for (let end = 1; end <= prices.length; end++) {
      const last = computeIndicators(prices.subarray(0, end), volumes.subarray(0, end));
      for (const name of INDICATOR_NAMES) expect(last[name]).toBe(series[name][end - 1]!);
    }
  }
});

describe("a second library agrees where its variant is the same", () => {
  const closes = randomCloses(300, seededRandom(7));
  const series = computeIndicatorSeries(...columns(closes));
  const expectTail = (actual: Float64Array, expected: readonly number[], factor = 1) => {
    const tail = actual.slice(actual.length - expected.length);
    for (const [index, value] of expected.entries()) expect(tail[index]! / (value * factor)).toBeCloseTo(1, 9);
  };

  test.each([20, 50, 200] as const)("SMA %p", (period) => {
    const expected = SMA.calculate({ period, values: closes });
    expect(expected).toHaveLength(closes.length - period + 1);
    expectTail(series[`sma_${period}`], expected);
  });

  test("Bollinger, after scaling its population deviation to the sample deviation", () => {
    const expected = BollingerBands.calculate({ period: 20, stdDev: 2, values: closes });
    const toSample = Math.sqrt(20 / 19);
    const widths = series.bollinger_upper.map((upper, index) => upper - series.bollinger_middle[index]!);
    const expectedWidths = expected.map(({ upper, middle }) => upper - middle);
    expectTail(widths, expectedWidths, toSample);
    expectTail(
      series.bollinger_middle,
      expected.map(({ middle }) => middle),
    );
  });

  test("RSI differs from Wilder's smoothing on purpose, but starts from the same mean", () => {
    // The first value of the smoothed variant is a plain mean of 14 changes, and bar 14 is the first with 14 real changes.
    const [first] = RSI.calculate({ period: 14, values: closes });
    expect(series.rsi[14]!).toBeCloseTo(first!, 1);
  });
});

test("a brute-force twin of the weighted EMA gives the same MACD", () => {
  const closes = randomCloses(120, seededRandom(11));
  const ema = (values: readonly number[], span: number) => {
    const k = 1 - 2 / (span + 1);
    const weights = values.map((_, index) => k ** (values.length - 1 - index));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return values.reduce((sum, value, index) => sum + value * weights[index]!, 0) / total;
  };
  const prefixes = closes.map((_, index) => closes.slice(0, index + 1));
  const macd = prefixes.map((prefix) => ema(prefix, 12) - ema(prefix, 26));
  const last = computeIndicators(...columns(closes));
  expect(last.macd).toBeCloseTo(macd.at(-1)!, 10);
  expect(last.macd_signal).toBeCloseTo(ema(macd, 9), 10);
});

describe("a flat series is exact, whatever its price", () => {
  test.each([10, 0.1, 1 / 3, 123.456])("at %p", (price) => {
    const flat = computeIndicators(...columns(new Array<number>(250).fill(price)));
    expect(flat.rsi).toBeNaN();
    expect([flat.macd, flat.macd_signal, flat.macd_histogram]).toEqual([0, 0, 0]);
    const averages = [flat.sma_20, flat.sma_50, flat.sma_200, flat.bollinger_upper, flat.bollinger_lower];
    expect(averages).toEqual([price, price, price, price, price]);
  });
});

test("each indicator is first defined at the bar of the specification", () => {
  const series = computeIndicatorSeries(...columns(randomCloses(260, seededRandom(3))));
  const firstDefined = (values: Float64Array) => values.findIndex((value) => !Number.isNaN(value));
  const first = Object.fromEntries(INDICATOR_NAMES.map((name) => [name, firstDefined(series[name])]));
  expect(first).toEqual({
    rsi: 13,
    macd: 0,
    macd_signal: 0,
    macd_histogram: 0,
    sma_20: 19,
    sma_50: 49,
    sma_200: 199,
    bollinger_upper: 19,
    bollinger_lower: 19,
    volume_sma: 19,
  });
});

test("no bars at all give no indicator", () => {
  const none = computeIndicators(new Float64Array(), new Float64Array());
  for (const name of INDICATOR_NAMES) expect(none[name]).toBeNaN();
});
