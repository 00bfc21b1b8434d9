import type { Bars } from "../../bars.ts";
import { computeAdx } from "../adx.ts";
import { DirectionalTotals } from "../directional-totals.ts";
import { checkPeriod } from "../period.ts";
import { trueRange } from "../true-range.ts";

/** How far back the other half of the ADXR lies; Wilder took `period` bars, the recorded variant takes two. */
const ADXR_BARS_BACK = 2;

/**
 * Wilder's totals of upward and downward movement, in units of the price, first at `period - 1`; and the ADXR, 0–100, the
 * mean of the ADX and that of two bars ago, first at `2·period + 1`. `technicalindicators` offers the movement of one bar
 * only, and no ADXR.
 */
export function computeDirectionalMovement(
  { high, low, close, length }: Pick<Bars, "high" | "low" | "close" | "length">,
  period = 14,
): { plus: Float64Array; minus: Float64Array; adxr: Float64Array } {
  checkPeriod(period);
  const totals = new DirectionalTotals(period);
  const plus = new Float64Array(length).fill(Number.NaN);
  const minus = plus.slice();
  for (let index = 1; index < length; index++) {
    const range = trueRange(high[index]!, low[index]!, close[index - 1]!);
    totals.add(high[index]! - high[index - 1]!, low[index - 1]! - low[index]!, range);
    if (index < period - 1) continue;
    plus[index] = totals.plus;
    minus[index] = totals.minus;
  }
  const adx = computeAdx(high, low, close, period);
  return { plus, minus, adxr: adx.map((value, index) => (value + (adx[index - ADXR_BARS_BACK] ?? Number.NaN)) / 2) };
}
