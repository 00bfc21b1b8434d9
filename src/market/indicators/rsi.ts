import { checkPeriod } from "./period.ts";
import { createSeededMean } from "./seeded-mean.ts";

/**
 * Wilder's relative strength index, 0–100: `100·G/(G + L)` of the smoothed gains and losses, 0 while there is no movement
 * (TA-Lib's answer). NaN before index `period`, and from the first NaN of the input on.
 */
export function computeRsi(close: Float64Array, period = 14): Float64Array {
  const rsi = createRsi(period);
  const values = new Float64Array(close.length);
  for (let index = 0; index < close.length; index++) values[index] = rsi.push(close[index]!);
  return values;
}

/** `computeRsi` close by close. */
export function createRsi(period = 14): { push(close: number): number } {
  checkPeriod(period);
  const gains = createSeededMean(period, 1 / period);
  const losses = createSeededMean(period, 1 / period);
  let started = false;
  let previous = Number.NaN;
  return {
    push(close) {
      const change = close - previous;
      previous = close;
      if (!started) {
        started = true;
        return Number.NaN;
      }
      const gain = Math.max(change, 0);
      const gained = gains.push(gain);
      // The difference, unlike a comparison, lets a NaN through.
      const moved = gained + losses.push(gain - change);
      return moved === 0 ? 0 : 100 * (gained / moved);
    },
  };
}
