import type { Bar, Bars } from "../../../src/market/bars.ts";
import * as indicators from "../../../src/market/indicators/index.ts";

const { warmupBars } = indicators;

/** An indicator as a whole series, as a stream, and where its first value stands: what every test of them all walks. */
export interface Subject {
  name: string;
  batch(bars: Bars): Record<string, Float64Array>;
  stream(): (bar: Bar) => Record<string, number>;
  firstIndex: number;
}

const averages = (period: number): Subject[] => [
  {
    name: `sma(${period})`,
    batch: ({ close }) => ({ value: indicators.computeSma(close, period) }),
    stream: () => single(indicators.createSma(period)),
    firstIndex: warmupBars.sma(period),
  },
  {
    name: `ema(${period})`,
    batch: ({ close }) => ({ value: indicators.computeEma(close, period) }),
    stream: () => single(indicators.createEma(period)),
    firstIndex: warmupBars.ema(period),
  },
];

const ofRange = (period: number): Subject[] => [
  {
    name: `adx(${period})`,
    batch: ({ high, low, close }) => ({ value: indicators.computeAdx(high, low, close, period) }),
    stream: () => ranged(indicators.createAdx(period)),
    firstIndex: warmupBars.adx(period),
  },
  {
    name: `atr(${period})`,
    batch: ({ high, low, close }) => ({ value: indicators.computeAtr(high, low, close, period) }),
    stream: () => ranged(indicators.createAtr(period)),
    firstIndex: warmupBars.atr(period),
  },
  {
    name: `rsi(${period})`,
    batch: ({ close }) => ({ value: indicators.computeRsi(close, period) }),
    stream: () => single(indicators.createRsi(period)),
    firstIndex: warmupBars.rsi(period),
  },
];

const ofPeriods = (fast: number, slow: number, signal: number): Subject => ({
  name: `macd(${fast}, ${slow}, ${signal})`,
  batch: ({ close }) => ({ ...indicators.computeMacd(close, { fast, slow, signal }) }),
  stream: () => {
    const macd = indicators.createMacd({ fast, slow, signal });
    return ({ close }) => ({ ...macd.push(close) });
  },
  firstIndex: warmupBars.macd({ slow, signal }),
});

const ofDeviations = (period: number, deviations: number): Subject => ({
  name: `bollinger(${period}, ${deviations})`,
  batch: ({ close }) => ({ ...indicators.computeBollinger(close, period, deviations) }),
  stream: () => {
    const bands = indicators.createBollinger(period, deviations);
    return ({ close }) => ({ ...bands.push(close) });
  },
  firstIndex: warmupBars.bollinger(period),
});

export const SUBJECTS: readonly Subject[] = [
  ...[1, 2, 12, 26, 50, 200].flatMap(averages),
  ...[1, 2, 14].flatMap(ofRange),
  ofPeriods(12, 26, 9),
  ofPeriods(1, 2, 1),
  ofDeviations(20, 2),
  ofDeviations(1, 3),
  {
    name: "obv",
    batch: ({ close, volume }) => ({ value: indicators.computeObv(close, volume) }),
    stream: () => {
      const obv = indicators.createObv();
      return ({ close, volume }) => ({ value: obv.push(close, volume) });
    },
    firstIndex: warmupBars.obv(),
  },
  {
    name: "stochastic",
    batch: ({ high, low, close }) => indicators.computeStochastic(high, low, close),
    stream: () => {
      const stochastic = indicators.createStochastic();
      return ({ high, low, close }) => stochastic.push(high, low, close);
    },
    firstIndex: warmupBars.stochastic(),
  },
];

function single(of: { push(value: number): number }): (bar: Bar) => Record<string, number> {
  return ({ close }) => ({ value: of.push(close) });
}

function ranged(of: { push(high: number, low: number, close: number): number }): (bar: Bar) => Record<string, number> {
  return ({ high, low, close }) => ({ value: of.push(high, low, close) });
}

/** Where two series differ: -1 if nowhere. NaN equals NaN, and 0 is not -0. */
export function firstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const length = Math.max(actual.length, expected.length);
  for (let index = 0; index < length; index++) if (!Object.is(actual[index], expected[index])) return index;
  return -1;
}
