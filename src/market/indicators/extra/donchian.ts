import type { Bars } from "../../bars.ts";
import { highestOf, lowestOf } from "../extremes.ts";

/** A channel around the price, in units of the price. */
export interface Channel {
  lower: Float64Array;
  middle: Float64Array;
  upper: Float64Array;
}

/** Donchian channel: lowest low and highest high of the last `period` bars, and what lies halfway. First at `period - 1`. */
export function computeDonchian({ high, low, length }: Pick<Bars, "high" | "low" | "length">, period = 20): Channel {
  const lower = new Float64Array(length).fill(Number.NaN);
  const upper = lower.slice();
  for (let end = period; end <= length; end++) {
    lower[end - 1] = lowestOf(low, end, period);
    upper[end - 1] = highestOf(high, end, period);
  }
  return { lower, middle: lower.map((value, index) => (value + upper[index]!) / 2), upper };
}
