import { trueRange } from "./true-range.ts";

/** Wilder's decaying totals of upward and downward movement and of true range, in units of the price. */
export interface DirectionalTotals {
  readonly plus: number;
  readonly minus: number;
  readonly range: number;
  push(high: number, low: number, close: number): void;
}

/**
 * TA-Lib's variant: plain sums over bars 1 to `period - 1`, from bar `period` on `total - total/period + new`. A bar counts
 * upwards or downwards, whichever went further beyond the bar before, or not at all.
 */
export function createDirectionalTotals(period: number): DirectionalTotals {
  let bar = 0;
  let previousHigh = 0;
  let previousLow = 0;
  let previousClose = 0;
  return {
    plus: 0,
    minus: 0,
    range: 0,
    push(this: { plus: number; minus: number; range: number }, high, low, close) {
      if (bar > 0) {
        const up = high - previousHigh;
        const down = previousLow - low;
        const decay = bar < period ? 0 : 1 / period;
        this.plus += (up > down && up > 0 ? up : 0) - this.plus * decay;
        this.minus += (down > up && down > 0 ? down : 0) - this.minus * decay;
        this.range += trueRange(high, low, previousClose) - this.range * decay;
      }
      bar++;
      previousHigh = high;
      previousLow = low;
      previousClose = close;
    },
  };
}
