import { VigiaError } from "../../kit/errors.ts";
import { computeEma, createEma } from "./ema.ts";
import { checkPeriod } from "./period.ts";

export interface MacdPeriods {
  fast: number;
  slow: number;
  signal: number;
}

export interface MacdSeries {
  line: Float64Array;
  signal: Float64Array;
  histogram: Float64Array;
}

export interface MacdValue {
  line: number;
  signal: number;
  histogram: number;
}

const DEFAULT_PERIODS: MacdPeriods = { fast: 12, slow: 26, signal: 9 };

/**
 * Difference of a fast and a slow EMA, the EMA of it (signal), and what lies between. As in TA-Lib the fast EMA is seeded
 * late, so that both start at index `slow - 1`, and all three are published from `slow + signal - 2` on; NaN before, and
 * from the first NaN of the input on.
 */
export function computeMacd(close: Float64Array, periods = DEFAULT_PERIODS): MacdSeries {
  checkPeriods(periods);
  const late = periods.slow - periods.fast;
  const lineFrom = periods.slow - 1;
  const slow = computeEma(close, periods.slow);
  const fast = computeEma(close.subarray(late), periods.fast);
  const line = new Float64Array(close.length).fill(Number.NaN);
  for (let index = lineFrom; index < close.length; index++) line[index] = fast[index - late]! - slow[index]!;

  const smoothed = computeEma(line.subarray(lineFrom), periods.signal);
  const publishedFrom = lineFrom + periods.signal - 1;
  line.fill(Number.NaN, 0, publishedFrom);
  const signal = new Float64Array(close.length).fill(Number.NaN);
  const histogram = signal.slice();
  for (let index = publishedFrom; index < close.length; index++) {
    signal[index] = smoothed[index - lineFrom]!;
    histogram[index] = line[index]! - signal[index]!;
  }
  return { line, signal, histogram };
}

/** `computeMacd` close by close. */
export function createMacd(periods = DEFAULT_PERIODS): { push(close: number): MacdValue } {
  checkPeriods(periods);
  const { fast, slow, signal } = periods;
  const [fastEma, slowEma, signalEma] = [createEma(fast), createEma(slow), createEma(signal)];
  let bars = 0;
  return {
    push(close) {
      bars++;
      const slowMean = slowEma.push(close);
      const line = (bars > slow - fast ? fastEma.push(close) : Number.NaN) - slowMean;
      const smoothed = bars >= slow ? signalEma.push(line) : Number.NaN;
      if (bars < slow + signal - 1) return { line: Number.NaN, signal: Number.NaN, histogram: Number.NaN };
      return { line, signal: smoothed, histogram: line - smoothed };
    },
  };
}

function checkPeriods({ fast, slow, signal }: MacdPeriods): void {
  checkPeriod(fast, "fast");
  checkPeriod(slow, "slow");
  checkPeriod(signal, "signal");
  if (fast >= slow)
    throw new VigiaError("bad_period", `The fast period of a MACD is ${fast}, its slow one ${slow}.`, {
      hint: "Give a fast period below the slow one.",
    });
}
