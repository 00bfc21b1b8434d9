import type { Bars } from "../../bars.ts";
import { highestOf, lowestOf } from "../extremes.ts";

/**
 * Aroon, 0–100: how recent the highest high (`up`) and the lowest low (`down`) of this bar and the `period` before it are,
 * 100 = now, the later of equal ones; `oscillator` = up - down. First at `period`.
 */
export function computeAroon(
  { high, low, length }: Pick<Bars, "high" | "low" | "length">,
  period = 25,
): { up: Float64Array; down: Float64Array; oscillator: Float64Array } {
  const up = new Float64Array(length).fill(Number.NaN);
  const down = up.slice();
  for (let index = period; index < length; index++) {
    up[index] = recencyOf(high, index, highestOf(high, index + 1, period + 1), period);
    down[index] = recencyOf(low, index, lowestOf(low, index + 1, period + 1), period);
  }
  return { up, down, oscillator: up.map((value, index) => value - down[index]!) };
}

function recencyOf(values: Float64Array, index: number, extreme: number, period: number): number {
  const at = values.lastIndexOf(extreme, index);
  return at < 0 ? Number.NaN : (100 * (period - (index - at))) / period;
}
