import { DirectionalTotals } from "./directional-totals.ts";
import { checkPeriod } from "./period.ts";
import { SeededMean } from "./seeded-mean.ts";
import { trueRange } from "./true-range.ts";

/**
 * Wilder's average directional index, 0–100: how one-sided the movement is, whichever the side (TA-Lib's variant). A bar at
 * which it is undefined (no movement) leaves it as it was. NaN before index `2·period - 1`, and from the first NaN on.
 */
export function computeAdx(high: Float64Array, low: Float64Array, close: Float64Array, period = 14): Float64Array {
  checkPeriod(period);
  const totals = new DirectionalTotals(period);
  const mean = new SeededMean(period, 1 / period);
  const values = new Float64Array(close.length).fill(Number.NaN);
  for (let index = 1; index < close.length; index++) {
    const range = trueRange(high[index]!, low[index]!, close[index - 1]!);
    totals.add(high[index]! - high[index - 1]!, low[index - 1]! - low[index]!, range);
    if (index >= period) values[index] = smooth(totals, mean, index < 2 * period, values[index - 1]!);
  }
  return values;
}

/** `computeAdx` bar by bar. */
export function createAdx(period = 14): { push(high: number, low: number, close: number): number } {
  checkPeriod(period);
  const totals = new DirectionalTotals(period);
  const mean = new SeededMean(period, 1 / period);
  let previous: { high: number; low: number; close: number } | undefined;
  let index = 0;
  let adx = Number.NaN;
  return {
    push(high, low, close) {
      if (previous) {
        totals.add(high - previous.high, previous.low - low, trueRange(high, low, previous.close));
        if (++index >= period) adx = smooth(totals, mean, index < 2 * period, adx);
      }
      previous = { high, low, close };
      return adx;
    },
  };
}

/** The seed divides by `period` whatever is undefined in it, so there an undefined bar counts as 0. */
function smooth(totals: DirectionalTotals, mean: SeededMean, seeding: boolean, before: number): number {
  const index = directionalIndex(totals);
  if (index !== UNDEFINED) return mean.push(index);
  return seeding ? mean.push(0) : before;
}

const UNDEFINED = -1;

/** `100·|+DI - -DI|/(+DI + -DI)` with `DI = 100·total/range`; undefined without range or movement. */
function directionalIndex({ plus, minus, range }: DirectionalTotals): number {
  if (range === 0) return UNDEFINED;
  const plusIndex = 100 * (plus / range);
  const minusIndex = 100 * (minus / range);
  const sum = plusIndex + minusIndex;
  return sum === 0 ? UNDEFINED : 100 * (Math.abs(plusIndex - minusIndex) / sum);
}
