import { checkPeriod } from "./period.ts";
import { createWindow } from "./window.ts";

export interface BollingerSeries {
  lower: Float64Array;
  middle: Float64Array;
  upper: Float64Array;
}

export interface BollingerValue {
  lower: number;
  middle: number;
  upper: number;
}

/**
 * SMA ± `deviations` population standard deviations (divisor `period`) of the last `period` closes, in units of the price.
 * A flat window has exactly no width. NaN before index `period - 1` and while a NaN is in the window.
 */
export function computeBollinger(close: Float64Array, period = 20, deviations = 2): BollingerSeries {
  checkPeriod(period);
  const lower = new Float64Array(close.length).fill(Number.NaN);
  const middle = lower.slice();
  const upper = lower.slice();
  const value = { lower: 0, middle: 0, upper: 0 };
  for (let end = period; end <= close.length; end++) {
    measureWindow(value, close, end, period, deviations);
    lower[end - 1] = value.lower;
    middle[end - 1] = value.middle;
    upper[end - 1] = value.upper;
  }
  return { lower, middle, upper };
}

/** `computeBollinger` close by close. */
export function createBollinger(period = 20, deviations = 2): { push(close: number): BollingerValue } {
  checkPeriod(period);
  const window = createWindow(period);
  return {
    push(close) {
      window.push(close);
      const value = { lower: 0, middle: 0, upper: 0 };
      measureWindow(value, window.values, window.end, period, deviations);
      return value;
    },
  };
}

/**
 * One pass around the newest close. That one is a member, so its distance from the mean is at most `√(period - 1)`
 * deviations: the subtraction loses at most a factor of `period` of precision, whatever the price.
 */
function measureWindow(
  value: BollingerValue,
  closes: Float64Array,
  end: number,
  period: number,
  deviations: number,
): void {
  const anchor = closes[end - 1]!;
  let sum = 0;
  let squares = 0;
  for (let index = end - period; index < end; index++) {
    const distance = closes[index]! - anchor;
    sum += distance;
    squares += distance * distance;
  }
  const offset = sum / period;
  const width = deviations * Math.sqrt(Math.max(0, squares / period - offset * offset));
  value.middle = anchor + offset;
  value.lower = value.middle - width;
  value.upper = value.middle + width;
}
