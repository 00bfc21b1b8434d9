/** An exponential mean that starts as the plain mean of its first `period` values. */
export interface SeededMean {
  /** The mean with this value in it; NaN until `period` values are in. */
  push(value: number): number;
}

/**
 * `mean += weight * (value - mean)` after the seed: weight `2/(period + 1)` is the usual EMA, `1/period` Wilder's mean.
 * The seed is taken around its first value, so that a constant input gives exactly that constant.
 */
export function createSeededMean(period: number, weight: number): SeededMean {
  let count = 0;
  let first = 0;
  let sum = 0;
  let mean = Number.NaN;
  return {
    push(value) {
      if (count >= period) {
        mean += weight * (value - mean);
        return mean;
      }
      if (count === 0) first = value;
      sum += value - first;
      if (++count === period) mean = first + sum / period;
      return mean;
    },
  };
}
