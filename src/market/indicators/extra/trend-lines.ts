import type { Bars } from "../../bars.ts";

/** `price = intercept + slope * index`, with `index` counting bars from the first of the series that was given. */
export interface TrendLine {
  /** Units of the price a bar. */
  slope: number;
  /** Price at index 0. */
  intercept: number;
}

/**
 * Least-squares lines through the last `count` lows (`support`) and highs (`resistance`), as they are known at the last
 * bar; null with fewer bars, or when a price is missing.
 */
export function computeTrendLines(
  { high, low, length }: Pick<Bars, "high" | "low" | "length">,
  count = 20,
): { support: TrendLine; resistance: TrendLine } | null {
  if (length < count) return null;
  const lines = { support: fitLine(low, length - count), resistance: fitLine(high, length - count) };
  return Number.isNaN(lines.support.slope + lines.resistance.slope) ? null : lines;
}

/** Through the values from `start` on, around their middle, so that a long series before them costs no precision. */
function fitLine(values: Float64Array, start: number): TrendLine {
  const tail = values.subarray(start);
  const centre = (tail.length - 1) / 2;
  const mean = tail.reduce((sum, value) => sum + value, 0) / tail.length;
  let products = 0;
  let squares = 0;
  for (const [index, value] of tail.entries()) {
    products += (index - centre) * (value - mean);
    squares += (index - centre) ** 2;
  }
  const slope = products / squares;
  return { slope, intercept: mean - slope * (start + centre) };
}
