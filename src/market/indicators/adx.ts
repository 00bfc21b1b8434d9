import { createDirectionalTotals, type DirectionalTotals } from "./directional-totals.ts";
import { checkPeriod } from "./period.ts";
import { createSeededMean } from "./seeded-mean.ts";

/**
 * Wilder's average directional index, 0–100: how one-sided the movement is, whichever the side (TA-Lib's variant). A bar at
 * which it is undefined (no movement) leaves it as it was. NaN before index `2·period - 1`, and from the first NaN on.
 */
export function computeAdx(high: Float64Array, low: Float64Array, close: Float64Array, period = 14): Float64Array {
  const adx = createAdx(period);
  const values = new Float64Array(close.length);
  for (let index = 0; index < close.length; index++) values[index] = adx.push(high[index]!, low[index]!, close[index]!);
  return values;
}

/** `computeAdx` bar by bar. */
export function createAdx(period = 14): { push(high: number, low: number, close: number): number } {
  checkPeriod(period);
  const totals = createDirectionalTotals(period);
  const mean = createSeededMean(period, 1 / period);
  let bar = 0;
  let adx = Number.NaN;
  return {
    push(high, low, close) {
      totals.push(high, low, close);
      if (bar++ < period) return adx;
      const dx = directionalIndex(totals);
      // The seed divides by `period` whatever is undefined in it, so there an undefined bar counts as 0.
      if (dx !== undefined) adx = mean.push(dx);
      else if (bar <= 2 * period) adx = mean.push(0);
      return adx;
    },
  };
}

/** `100·|+DI - -DI|/(+DI + -DI)`; undefined without range or movement. */
function directionalIndex({ plus, minus, range }: DirectionalTotals): number | undefined {
  if (range === 0) return undefined;
  const plusIndex = 100 * (plus / range);
  const minusIndex = 100 * (minus / range);
  const sum = plusIndex + minusIndex;
  return sum === 0 ? undefined : 100 * (Math.abs(plusIndex - minusIndex) / sum);
}
