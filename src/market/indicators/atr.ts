import { checkPeriod } from "./period.ts";
import { SeededMean } from "./seeded-mean.ts";
import { trueRange } from "./true-range.ts";

/**
 * Wilder's average true range, in units of the price. The first bar has no true range, so NaN before index `period`, and
 * from the first NaN of the input on.
 */
export function computeAtr(high: Float64Array, low: Float64Array, close: Float64Array, period = 14): Float64Array {
  checkPeriod(period);
  const mean = new SeededMean(period, 1 / period);
  const values = new Float64Array(close.length).fill(Number.NaN);
  for (let index = 1; index < close.length; index++)
    values[index] = mean.push(trueRange(high[index]!, low[index]!, close[index - 1]!));
  return values;
}

/** `computeAtr` bar by bar. */
export function createAtr(period = 14): { push(high: number, low: number, close: number): number } {
  checkPeriod(period);
  const mean = new SeededMean(period, 1 / period);
  let previousClose: number | undefined;
  return {
    push(high, low, close) {
      const value = previousClose === undefined ? Number.NaN : mean.push(trueRange(high, low, previousClose));
      previousClose = close;
      return value;
    },
  };
}
