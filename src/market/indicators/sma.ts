import { checkPeriod } from "./period.ts";
import { createWindow } from "./window.ts";

/** Plain mean of the last `period` values; NaN before index `period - 1` and while a NaN is among them. */
export function computeSma(values: Float64Array, period: number): Float64Array {
  checkPeriod(period);
  const means = new Float64Array(values.length).fill(Number.NaN);
  for (let end = period; end <= values.length; end++) means[end - 1] = meanOfWindow(values, end, period);
  return means;
}

/** `computeSma` value by value. */
export function createSma(period: number): { push(value: number): number } {
  checkPeriod(period);
  const window = createWindow(period);
  return {
    push(value) {
      window.push(value);
      return meanOfWindow(window.values, window.end, period);
    },
  };
}

/**
 * Summed anew for each window and around its newest value: no rounding is carried from bar to bar, what went before the
 * window cannot be felt, and a flat window gives exactly its value.
 */
function meanOfWindow(values: Float64Array, end: number, period: number): number {
  const anchor = values[end - 1]!;
  let sum = 0;
  for (let index = end - period; index < end; index++) sum += values[index]! - anchor;
  return anchor + sum / period;
}
