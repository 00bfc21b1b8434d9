import type { Bars } from "../../bars.ts";

/**
 * `(high + low + close)/3`. On daily bars this is the volume-weighted mean price anchored per day, because a day is one
 * bar; the VWAP of `technicalindicators` is anchored at the first bar of all.
 */
export function computeTypicalPrice({ high, low, close }: Pick<Bars, "high" | "low" | "close">): Float64Array {
  return close.map((value, index) => (high[index]! + low[index]! + value) / 3);
}
