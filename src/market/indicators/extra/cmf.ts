import type { Bars } from "../../bars.ts";
import { checkPeriod } from "../period.ts";

/**
 * Chaikin money flow, -1 to 1: volume of the last `period` bars, each counted by where its close lies between low (-1) and
 * high (1), over their volume. A bar without range counts as 0. First at `period - 1`; NaN without any volume.
 */
export function computeCmf({ high, low, close, volume, length }: Bars, period = 20): Float64Array {
  checkPeriod(period);
  const flow = volume.map((traded, index) => {
    const range = high[index]! - low[index]!;
    return range === 0 ? 0 : (traded * (2 * close[index]! - (high[index]! + low[index]!))) / range;
  });
  const values = new Float64Array(length).fill(Number.NaN);
  for (let end = period; end <= length; end++) values[end - 1] = sumOf(flow, end, period) / sumOf(volume, end, period);
  return values;
}

function sumOf(values: Float64Array, end: number, period: number): number {
  let sum = 0;
  for (let index = end - period; index < end; index++) sum += values[index]!;
  return sum;
}
