import { computeBollinger } from "../bollinger.ts";

/**
 * What the Bollinger bands look like: `bandwidth` is their distance in percent of the middle, `percent` where the close
 * lies between them (0 = lower, 1 = upper; NaN when they have no width, for then it lies nowhere).
 */
export function computeBollingerShape(
  close: Float64Array,
  period = 20,
  deviations = 2,
): { bandwidth: Float64Array; percent: Float64Array } {
  const { lower, middle, upper } = computeBollinger(close, period, deviations);
  return {
    bandwidth: middle.map((value, index) => (100 * (upper[index]! - lower[index]!)) / value),
    percent: close.map((value, index) => (value - lower[index]!) / (upper[index]! - lower[index]!)),
  };
}
