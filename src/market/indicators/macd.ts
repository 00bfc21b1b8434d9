import { VigiaError } from "../../kit/errors.ts";
import { createEma } from "./ema.ts";

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
export function computeMacd(close: Float64Array, periods?: MacdPeriods): MacdSeries {
  const step = createMacdStep(periods);
  const line = new Float64Array(close.length);
  const signal = new Float64Array(close.length);
  const histogram = new Float64Array(close.length);
  for (let index = 0; index < close.length; index++) {
    const value = step(close[index]!);
    line[index] = value.line;
    signal[index] = value.signal;
    histogram[index] = value.histogram;
  }
  return { line, signal, histogram };
}

/** `computeMacd` close by close. */
export function createMacd(periods?: MacdPeriods): { push(close: number): MacdValue } {
  const step = createMacdStep(periods);
  return { push: (close) => ({ ...step(close) }) };
}

/** Gives the same object each time, with new values in it. */
function createMacdStep({ fast, slow, signal }: MacdPeriods = DEFAULT_PERIODS): (close: number) => Readonly<MacdValue> {
  const [fastEma, slowEma, signalEma] = [createEma(fast), createEma(slow), createEma(signal)];
  if (fast >= slow)
    throw new VigiaError("bad_period", `The fast period of a MACD is ${fast}, its slow one ${slow}.`, {
      hint: "Give a fast period below the slow one.",
    });
  const value = { line: Number.NaN, signal: Number.NaN, histogram: Number.NaN };
  let bar = 0;
  return (close) => {
    const slowMean = slowEma.push(close);
    const fastMean = bar < slow - fast ? Number.NaN : fastEma.push(close);
    if (++bar < slow) return value;
    const line = fastMean - slowMean;
    const smoothed = signalEma.push(line);
    if (bar < slow + signal - 1) return value;
    value.line = line;
    value.signal = smoothed;
    value.histogram = line - smoothed;
    return value;
  };
}
