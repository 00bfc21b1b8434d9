import { checkPeriod } from "./period.ts";
import { createSeededMean } from "./seeded-mean.ts";
import { trueRange } from "./true-range.ts";

/**
 * Wilder's average true range, in units of the price. The first bar has no true range, so NaN before index `period`, and
 * from the first NaN of the input on.
 */
export function computeAtr(high: Float64Array, low: Float64Array, close: Float64Array, period = 14): Float64Array {
  const atr = createAtr(period);
  const values = new Float64Array(close.length);
  for (let index = 0; index < close.length; index++) values[index] = atr.push(high[index]!, low[index]!, close[index]!);
  return values;
}

/** `computeAtr` bar by bar. */
export function createAtr(period = 14): { push(high: number, low: number, close: number): number } {
  checkPeriod(period);
  const mean = createSeededMean(period, 1 / period);
  let started = false;
  let previousClose = Number.NaN;
  return {
    push(high, low, close) {
      const range = trueRange(high, low, previousClose);
      previousClose = close;
      if (started) return mean.push(range);
      started = true;
      return Number.NaN;
    },
  };
}
