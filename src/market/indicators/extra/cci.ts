import type { Bars } from "../../bars.ts";
import { computeSma } from "../sma.ts";
import { computeTypicalPrice } from "./typical-price.ts";

/** Lambert's constant: it puts most values between -100 and 100. */
const SCALE = 0.015;

/**
 * Commodity channel index: distance of the typical price from its SMA in units of 0.015 mean absolute deviations; 0 where
 * there is no deviation (TA-Lib). First at `period - 1`. `technicalindicators` has the same formula over a running sum,
 * whose rounding gives a flat series a CCI of ±67.
 */
export function computeCci(bars: Pick<Bars, "high" | "low" | "close">, period = 20): Float64Array {
  const prices = computeTypicalPrice(bars);
  return computeSma(prices, period).map((mean, index) => {
    if (Number.isNaN(mean)) return Number.NaN;
    let deviation = 0;
    for (let bar = index - period + 1; bar <= index; bar++) deviation += Math.abs(prices[bar]! - mean);
    return deviation === 0 ? 0 : (prices[index]! - mean) / (SCALE * (deviation / period));
  });
}
