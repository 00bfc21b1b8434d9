import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Bars, toBars } from "../../../src/market/bars.ts";
import {
  computeAdx,
  computeAtr,
  computeBollinger,
  computeEma,
  computeMacd,
  computeObv,
  computeRsi,
  computeSma,
  computeStochastic,
} from "../../../src/market/indicators/index.ts";
import { soakTimes } from "../../support/soak.ts";
import * as brute from "./brute-force.ts";
import { expectSeries } from "./golden.ts";
import { soundBars, walkBars } from "./random-bars.ts";

type Series = Record<string, ArrayLike<number>>;

/** Prices of the random bars stay below 1,000, percentages below 100: rounding is measured against that. */
const PRICE = 1_000;

const TWINS: { name: string; scale: number; fast(bars: Bars): Series; slow(bars: Bars): Series }[] = [
  ...[1, 5, 20].map((period) => ({
    name: `sma(${period})`,
    scale: PRICE,
    fast: (bars: Bars) => ({ value: computeSma(bars.close, period) }),
    slow: (bars: Bars) => ({ value: brute.bruteSma(bars, period) }),
  })),
  ...[1, 5, 20].map((period) => ({
    name: `ema(${period})`,
    scale: PRICE,
    fast: (bars: Bars) => ({ value: computeEma(bars.close, period) }),
    slow: (bars: Bars) => ({ value: brute.bruteEma(bars, period) }),
  })),
  {
    name: "rsi",
    scale: 100,
    fast: ({ close }) => ({ value: computeRsi(close) }),
    slow: (bars) => ({ value: brute.bruteRsi(bars, 14) }),
  },
  {
    name: "macd",
    scale: PRICE,
    fast: ({ close }) => ({ ...computeMacd(close) }),
    slow: (bars) => brute.bruteMacd(bars, 12, 26, 9),
  },
  {
    name: "adx",
    scale: 100,
    fast: ({ high, low, close }) => ({ value: computeAdx(high, low, close) }),
    slow: (bars) => ({ value: brute.bruteAdx(bars, 14) }),
  },
  {
    name: "atr",
    scale: PRICE,
    fast: ({ high, low, close }) => ({ value: computeAtr(high, low, close) }),
    slow: (bars) => ({ value: brute.bruteAtr(bars, 14) }),
  },
  {
    name: "obv",
    scale: 0,
    fast: ({ close, volume }) => ({ value: computeObv(close, volume) }),
    slow: (bars) => ({ value: brute.bruteObv(bars) }),
  },
  {
    name: "bollinger",
    scale: PRICE,
    fast: ({ close }) => ({ ...computeBollinger(close) }),
    slow: (bars) => brute.bruteBollinger(bars, 20, 2),
  },
  {
    name: "stochastic",
    scale: 100,
    fast: ({ high, low, close }) => computeStochastic(high, low, close),
    slow: brute.bruteStochastic,
  },
];

test.each(TWINS)("$name equals its closed form computed anew at every bar", ({ fast, slow, scale }) => {
  const compare = (bars: Bars) => {
    const expected = slow(bars);
    for (const [name, values] of Object.entries(fast(bars)))
      expectSeries(name, values, Float64Array.from(expected[name]!), { tolerance: 1e-9, scale });
  };
  compare(toBars(walkBars(160)));
  fc.assert(
    // Moving on every bar: without movement the ADX of the closed form is 0/0, which has its own test below.
    fc.property(soundBars({ minLength: 15, maxLength: 70 }), (bars) => compare(toBars(bars.map(nudge)))),
    { numRuns: soakTimes(25, 1_000) },
  );
});

const nudge = <Bar extends { high: number }>(bar: Bar, index: number): Bar => ({
  ...bar,
  high: bar.high + 0.01 * (index % 7),
});

test("an RSI of only gains is exactly 100, of only losses exactly 0, of no movement 0", () => {
  const rising = Float64Array.from({ length: 40 }, (_, index) => 1 + index / 3);
  expect([...new Set(computeRsi(rising).subarray(14))]).toEqual([100]);
  expect([...new Set(computeRsi(rising.toReversed()).subarray(14))]).toEqual([0]);
  expect([...new Set(computeRsi(new Float64Array(40).fill(7.1)).subarray(14))]).toEqual([0]);
});

test("an ADX is 0 while nothing moves to a side, and the first bar that does counts for one in 14", () => {
  const flat = Array.from({ length: 41 }, () => ({ high: 10, low: 10 }));
  // Each bar goes further than the last one as far above as below: there is range, but no side.
  const widening = Array.from({ length: 41 }, (_, index) => ({ high: 100 + index, low: 100 - index }));
  for (const still of [flat, widening]) {
    const { high, low } = still[40]!;
    const bars = [...still, { high: high + 5, low }];
    const column = (side: "high" | "low") => Float64Array.from(bars, (bar) => bar[side]);
    const adx = computeAdx(column("high"), column("low"), column("low"));
    expect([...new Set(adx.subarray(27, 41))]).toEqual([0]);
    expect(adx[41]).toBeCloseTo(100 / 14, 12);
  }
});

test("a Bollinger band of a flat window has exactly no width, also behind a jump, whatever the price", () => {
  for (const price of [5e-324, 1e-9, 0.1, 1 / 3, 99.99, 48_000.123, 1e12, 1e300]) {
    const close = new Float64Array(60).fill(price);
    close.fill(price * 0.5, 0, 10);
    const { lower, middle, upper } = computeBollinger(close);
    for (let index = 29; index < 60; index++)
      expect([lower[index], middle[index], upper[index]]).toEqual([price, price, price]);
  }
});

test("a Bollinger band keeps its precision when prices are large beside their changes", () => {
  const changes = walkBars(60).map(({ close }) => close - 100);
  const near = computeBollinger(Float64Array.from(changes, (change) => Math.round(change * 1_024) / 1_024 + 2 ** 7));
  const far = computeBollinger(Float64Array.from(changes, (change) => Math.round(change * 1_024) / 1_024 + 2 ** 38));
  for (let index = 19; index < 60; index++)
    expect((far.upper[index]! - far.middle[index]!) / (near.upper[index]! - near.middle[index]!)).toBeCloseTo(1, 4);
});

test("bands are in order and an RSI, ADX and stochastic stay between 0 and 100 for any possible bars", () => {
  fc.assert(
    fc.property(soundBars(), (rows) => {
      const { high, low, close } = toBars(rows);
      const { lower, middle, upper } = computeBollinger(close);
      expect(middle.every((value, index) => !(value < lower[index]! || value > upper[index]!))).toBeTrue();
      const { k, d } = computeStochastic(high, low, close);
      for (const series of [computeRsi(close), computeAdx(high, low, close), k, d])
        expect(series.every((value) => !(value < 0 || value > 100 + 1e-9))).toBeTrue();
    }),
    { numRuns: soakTimes(100, 3_000) },
  );
});

test("one extreme bar is forgotten by a window and does not leave a trace in it", () => {
  const sound = walkBars(60);
  const close = Float64Array.from(sound, (bar) => bar.close);
  const spiked = close.slice();
  spiked[10] = 1e15;
  expect(computeSma(spiked, 20)[45]).toBe(computeSma(close, 20)[45]!);
  expect(computeBollinger(spiked).upper[45]).toBe(computeBollinger(close).upper[45]!);
});
