import type { Bars } from "../../bars.ts";
import { computeEma } from "../ema.ts";
import { trueRange } from "../true-range.ts";
import type { Channel } from "./donchian.ts";

/**
 * Keltner channel: EMA of the close ± `multiplier` EMAs of the true range, in units of the price. The middle is first at
 * `period - 1`, the others one bar later, because the first bar has no true range. `technicalindicators` takes Wilder's
 * mean of the range, which is another channel.
 */
export function computeKeltner({ high, low, close, length }: Bars, period = 20, multiplier = 2): Channel {
  const ranges = new Float64Array(Math.max(0, length - 1));
  for (let index = 1; index < length; index++)
    ranges[index - 1] = trueRange(high[index]!, low[index]!, close[index - 1]!);
  const widths = computeEma(ranges, period);
  const middle = computeEma(close, period);
  const side = (sign: number) =>
    middle.map((value, index) => value + sign * multiplier * (index === 0 ? Number.NaN : widths[index - 1]!));
  return { lower: side(-1), middle, upper: side(1) };
}
