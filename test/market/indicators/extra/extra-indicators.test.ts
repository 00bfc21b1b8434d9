import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CCI, Highest, Lowest, ROC, Stochastic } from "technicalindicators";
import { type Bars, sliceBars, toBars } from "../../../../src/market/bars.ts";
import {
  computeAroon,
  computeCci,
  computeCmf,
  computeDonchian,
  computeExtraIndicators,
  computeFibonacciLevels,
  computeKeltner,
  computeRoc,
  computeTrendLines,
  computeTypicalPrice,
} from "../../../../src/market/indicators/extra/index.ts";
import { computeStochastic } from "../../../../src/market/indicators/index.ts";
import { soakTimes } from "../../../support/soak.ts";
import { lastOf, mean, seriesOf } from "../brute-force.ts";
import { expectClose, expectSeries } from "../golden.ts";
import { anyBars, flatBars, soundBars, walkBars } from "../random-bars.ts";
import { firstDifference } from "../subjects.ts";

const bars = toBars(walkBars(300, 3));

/** Every series of the answer with its path: `keltner20.upper`. */
function allSeries(of: Bars): [name: string, values: Float64Array | Int8Array][] {
  const isSeries = (value: unknown) => value instanceof Float64Array || value instanceof Int8Array;
  return Object.entries(computeExtraIndicators(of)).flatMap(([name, value]) => {
    const inner = isSeries(value) ? [["", value]] : Object.entries(value ?? {});
    return inner.flatMap(([key, series]) =>
      isSeries(series) ? [[`${name}.${key}`, series as Float64Array] as [string, Float64Array]] : [],
    );
  });
}

describe("each equals its definition computed anew at every bar", () => {
  type Twin = [
    name: string,
    fast: (of: Bars) => Float64Array,
    first: number,
    slow: (of: Bars, index: number) => number,
  ];
  const typical = (of: Bars) => computeTypicalPrice(of);
  const moneyFlow = ({ high, low, close, volume }: Bars, at: number) =>
    high[at] === low[at]
      ? 0
      : volume[at]! * ((close[at]! - low[at]! - (high[at]! - close[at]!)) / (high[at]! - low[at]!));
  const twins: Twin[] = [
    ["Donchian's upper", (of) => computeDonchian(of).upper, 19, ({ high }, at) => Math.max(...lastOf(high, at, 20))],
    ["Donchian's lower", (of) => computeDonchian(of).lower, 19, ({ low }, at) => Math.min(...lastOf(low, at, 20))],
    [
      "ROC",
      ({ close }) => computeRoc(close),
      10,
      ({ close }, at) => (100 * (close[at]! - close[at - 10]!)) / close[at - 10]!,
    ],
    [
      "CCI",
      (of) => computeCci(of),
      19,
      (of, at) => {
        const prices = lastOf(typical(of), at, 20);
        const deviation = mean(prices.map((price) => Math.abs(price - mean(prices))));
        return deviation < 1e-9 ? 0 : (prices.at(-1)! - mean(prices)) / (0.015 * deviation);
      },
    ],
    [
      "Aroon up",
      (of) => computeAroon(of).up,
      25,
      ({ high }, at) => {
        const highs = lastOf(high, at, 26);
        return 4 * highs.lastIndexOf(Math.max(...highs));
      },
    ],
    [
      "CMF",
      (of) => computeCmf(of),
      19,
      (of, at) =>
        mean(Array.from({ length: 20 }, (_, back) => moneyFlow(of, at - back))) / mean(lastOf(of.volume, at, 20)),
    ],
  ];

  test.each(twins)("%s", (name, fast, first, slow) => {
    const compare = (of: Bars) =>
      expectSeries(name, fast(of), Float64Array.from(seriesOf(of.length, first, (index) => slow(of, index))), {
        scale: 1,
      });
    compare(bars);
    fc.assert(
      fc.property(soundBars({ maxLength: 60 }), (rows) =>
        compare(toBars(rows.map((bar) => ({ ...bar, volume: 1 + bar.volume })))),
      ),
      { numRuns: soakTimes(25, 1_000) },
    );
  });

  test("trend lines: no other line lies nearer to the last 20 lows", () => {
    const { support } = computeTrendLines(bars)!;
    const squares = (slope: number, intercept: number) =>
      lastOf(bars.low, 299, 20).reduce((sum, low, index) => sum + (low - intercept - slope * (280 + index)) ** 2, 0);
    const best = squares(support.slope, support.intercept);
    // Turned around the middle of the stretch.
    for (const turn of [-0.01, 0, 0.01])
      for (const lift of [-0.1, 0, 0.1])
        if (turn !== 0 || lift !== 0)
          expect(squares(support.slope + turn, support.intercept + lift - turn * 289.5)).toBeGreaterThan(best);
  });
});

describe("the package technicalindicators agrees where its variant is the same", () => {
  const [high, low, close] = [[...bars.high], [...bars.low], [...bars.close]];
  const expectTail = (ours: Float64Array, theirs: readonly number[]) =>
    expectSeries("tail", ours.slice(-theirs.length), Float64Array.from(theirs), { scale: 1 });

  test("CCI, ROC and Donchian, every value", () => {
    expectTail(computeCci(bars), CCI.calculate({ high, low, close, period: 20 }));
    expectTail(computeRoc(bars.close), ROC.calculate({ values: close, period: 10 }));
    expectTail(computeDonchian(bars).upper, Highest.calculate({ values: high, period: 20 }));
    expectTail(computeDonchian(bars).lower, Lowest.calculate({ values: low, period: 20 }));
  });

  test("stochastic: its signal line is our first smoothing", () => {
    const theirs = Stochastic.calculate({ high, low, close, period: 14, signalPeriod: 3 });
    expectTail(computeStochastic(bars.high, bars.low, bars.close).k, theirs.map(({ d }) => d).slice(4));
  });
});

describe("bars as no market has them", () => {
  test("every series is as long as the bars, and neither too few nor odd numbers throw", () => {
    for (const rows of [[], walkBars(1), walkBars(2), walkBars(49)])
      for (const [, values] of allSeries(toBars(rows))) expect(values).toHaveLength(rows.length);
    fc.assert(
      fc.property(anyBars, (rows) => allSeries(toBars(rows)).every(([, values]) => values.length === rows.length)),
      { numRuns: soakTimes(50, 2_000) },
    );
  });

  test("no series looks ahead: a prefix gives the same values", () => {
    const whole = new Map(allSeries(bars));
    for (const length of [0, 1, 19, 26, 60, 150])
      for (const [name, values] of allSeries(sliceBars(bars, 0, length)))
        expect([name, firstDifference(values, whole.get(name)!.subarray(0, length))]).toEqual([name, -1]);
  });

  test("a flat series has channels without width, a CCI, ROC and CMF of 0, and no place in a band", () => {
    for (const price of [1e-9, 0.1 + 0.2, 1 / 3, 98_765.432_1]) {
      const { keltner20, donchian20, cci20, roc10, cmf20, bollingerShape20 } = computeExtraIndicators(
        toBars(flatBars(60, price)),
      );
      for (const { lower, middle, upper } of [keltner20, donchian20])
        expect([lower[59], middle[59], upper[59]]).toEqual([price, price, price]);
      expect([cci20[59], roc10[59], cmf20[59]]).toEqual([0, 0, 0]);
      expect([bollingerShape20.bandwidth[59], bollingerShape20.percent[59]]).toEqual([0, Number.NaN]);
    }
  });

  test("without volume there is no money flow, but a daily VWAP", () => {
    const { cmf20, dailyVwap } = computeExtraIndicators(toBars(walkBars(60).map((bar) => ({ ...bar, volume: 0 }))));
    expect(cmf20.every(Number.isNaN)).toBeTrue();
    expect(dailyVwap.some(Number.isNaN)).toBeFalse();
  });

  test("a rate of change from a price of 0 is missing, not infinite", () => {
    expect([...computeRoc(Float64Array.from([0, 1, 2]), 1)]).toEqual([Number.NaN, Number.NaN, 100]);
  });
});

describe("levels and lines", () => {
  test("are missing with one bar too few, and when a price is", () => {
    expect(computeFibonacciLevels(toBars(walkBars(49)))).toBeNull();
    expect(computeFibonacciLevels(toBars(walkBars(50)))).not.toBeNull();
    expect(computeTrendLines(toBars(walkBars(19)))).toBeNull();
    expect(computeTrendLines(toBars(walkBars(20)))).not.toBeNull();
    const broken = toBars(walkBars(60));
    broken.low[55] = Number.NaN;
    expect([computeFibonacciLevels(broken), computeTrendLines(broken)]).toEqual([null, null]);
  });

  test("levels run from the lowest low up to the highest high of the last 50 bars", () => {
    const rising = toBars(flatBars(60, 100).map((bar, index) => ({ ...bar, low: 40 + index, high: 141 + index })));
    const expected = { "0": 50, "23.6": 85.4, "38.2": 107.3, "50": 125, "61.8": 142.7, "78.6": 167.9, "100": 200 };
    const levels = computeFibonacciLevels(rising)!;
    expect(Object.keys(levels).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, price] of Object.entries(expected)) expectClose(name, levels[name as keyof typeof levels], price);
  });

  test("a line through points on a line is that line, however many bars lie before them", () => {
    const before = 2_000;
    const rows = flatBars(before + 20, 1).map((bar, index) => ({
      ...bar,
      low: 7 + 0.25 * index,
      high: 900 - 0.125 * index,
    }));
    const { support, resistance } = computeTrendLines(toBars(rows))!;
    expect([support.slope, support.intercept]).toEqual([0.25, 7]);
    expect([resistance.slope, resistance.intercept]).toEqual([-0.125, 900]);
  });

  test("a channel's middle line is there a bar before its sides, for the first bar has no true range", () => {
    const { lower, middle } = computeKeltner(bars);
    expect([
      middle.findIndex((value) => !Number.isNaN(value)),
      lower.findIndex((value) => !Number.isNaN(value)),
    ]).toEqual([19, 20]);
  });
});
