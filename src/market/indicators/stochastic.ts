import { highestOf, lowestOf } from "./extremes.ts";
import { computeSma, createSma } from "./sma.ts";
import { createWindow } from "./window.ts";

/** The usual 14, 3, 3. */
const RANGE_BARS = 14;
const SMOOTHING_BARS = 3;
const FIRST_BAR = RANGE_BARS - 1 + 2 * (SMOOTHING_BARS - 1);

/**
 * Slow stochastic (14, 3, 3), 0–100: where the close lies between the extremes of 14 bars, smoothed by an SMA(3) (`k`) and
 * once more (`d`). A range without width counts as 0 (TA-Lib). Both NaN before index 17 and while a NaN can be felt.
 */
export function computeStochastic(
  high: Float64Array,
  low: Float64Array,
  close: Float64Array,
): { k: Float64Array; d: Float64Array } {
  const raw = new Float64Array(close.length).fill(Number.NaN);
  for (let end = RANGE_BARS; end <= close.length; end++) {
    const lowest = lowestOf(low, end, RANGE_BARS);
    raw[end - 1] = placeInRange(close[end - 1]!, lowest, highestOf(high, end, RANGE_BARS));
  }
  const k = computeSma(raw, SMOOTHING_BARS);
  const d = computeSma(k, SMOOTHING_BARS);
  k.fill(Number.NaN, 0, FIRST_BAR);
  return { k, d };
}

/** `computeStochastic` bar by bar. */
export function createStochastic(): { push(high: number, low: number, close: number): { k: number; d: number } } {
  const [highs, lows] = [createWindow(RANGE_BARS), createWindow(RANGE_BARS)];
  const [kSma, dSma] = [createSma(SMOOTHING_BARS), createSma(SMOOTHING_BARS)];
  let bar = 0;
  return {
    push(high, low, close) {
      highs.push(high);
      lows.push(low);
      const lowest = lowestOf(lows.values, lows.end, RANGE_BARS);
      const k = kSma.push(placeInRange(close, lowest, highestOf(highs.values, highs.end, RANGE_BARS)));
      const d = dSma.push(k);
      return bar++ < FIRST_BAR ? { k: Number.NaN, d: Number.NaN } : { k, d };
    },
  };
}

function placeInRange(close: number, lowest: number, highest: number): number {
  const range = highest - lowest;
  return range === 0 ? 0 : 100 * ((close - lowest) / range);
}
