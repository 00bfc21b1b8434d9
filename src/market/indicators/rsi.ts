import { checkPeriod } from "./period.ts";
import { SeededMean } from "./seeded-mean.ts";

/**
 * Wilder's relative strength index, 0–100: `100·G/(G + L)` of the smoothed gains and losses, 0 while there is no movement
 * (TA-Lib's answer). NaN before index `period`, and from the first NaN of the input on.
 */
export function computeRsi(close: Float64Array, period = 14): Float64Array {
  checkPeriod(period);
  const gains = new SeededMean(period, 1 / period);
  const losses = new SeededMean(period, 1 / period);
  const values = new Float64Array(close.length).fill(Number.NaN);
  for (let index = 1; index < close.length; index++)
    values[index] = strengthWith(close[index]! - close[index - 1]!, gains, losses);
  return values;
}

/** `computeRsi` close by close. */
export function createRsi(period = 14): { push(close: number): number } {
  checkPeriod(period);
  const gains = new SeededMean(period, 1 / period);
  const losses = new SeededMean(period, 1 / period);
  let previous: number | undefined;
  return {
    push(close) {
      const value = previous === undefined ? Number.NaN : strengthWith(close - previous, gains, losses);
      previous = close;
      return value;
    },
  };
}

function strengthWith(change: number, gains: SeededMean, losses: SeededMean): number {
  // Arithmetic instead of a comparison lets a NaN through, and a random branch costs more.
  const gain = (change + Math.abs(change)) / 2;
  const gained = gains.push(gain);
  const moved = gained + losses.push(gain - change);
  return moved === 0 ? 0 : 100 * (gained / moved);
}
