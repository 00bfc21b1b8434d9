import { checkPeriod } from "./period.ts";
import { SeededMean } from "./seeded-mean.ts";

/**
 * Exponential mean with weight `2/(period + 1)`, seeded with the plain mean of the first `period` values (TA-Lib's EMA).
 * NaN before index `period - 1`, and from the first NaN of the input on.
 */
export function computeEma(values: Float64Array, period: number): Float64Array {
  const ema = createEma(period);
  const means = new Float64Array(values.length);
  for (let index = 0; index < values.length; index++) means[index] = ema.push(values[index]!);
  return means;
}

/** `computeEma` value by value. */
export function createEma(period: number): { push(value: number): number } {
  checkPeriod(period);
  return new SeededMean(period, 2 / (period + 1));
}
