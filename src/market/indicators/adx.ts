import { DirectionalTotals } from "./directional-totals.ts";
import { checkPeriod } from "./period.ts";
import { SeededMean } from "./seeded-mean.ts";
import { trueRange } from "./true-range.ts";

/**
 * Wilder's average directional index, 0–100: how one-sided the movement is, whichever the side (TA-Lib's variant). A bar at
 * which it is undefined (no movement) leaves it as it was. NaN before index `2·period - 1`, and from the first NaN on.
 */
export function computeAdx(high: Float64Array, low: Float64Array, close: Float64Array, period = 14): Float64Array {
  const adx = new Adx(period);
  const values = new Float64Array(close.length).fill(Number.NaN);
  for (let index = 1; index < close.length; index++) {
    const range = trueRange(high[index]!, low[index]!, close[index - 1]!);
    values[index] = adx.add(high[index]! - high[index - 1]!, low[index - 1]! - low[index]!, range);
  }
  return values;
}

/** `computeAdx` bar by bar. */
export function createAdx(period = 14): { push(high: number, low: number, close: number): number } {
  const adx = new Adx(period);
  let previous: { high: number; low: number; close: number } | undefined;
  return {
    push(high, low, close) {
      const before = previous;
      previous = { high, low, close };
      if (!before) return Number.NaN;
      return adx.add(high - before.high, before.low - low, trueRange(high, low, before.close));
    },
  };
}

class Adx {
  readonly #totals: DirectionalTotals;
  readonly #mean: SeededMean;
  readonly #period: number;
  #changes = 0;
  #adx = Number.NaN;

  constructor(period: number) {
    checkPeriod(period);
    this.#totals = new DirectionalTotals(period);
    this.#mean = new SeededMean(period, 1 / period);
    this.#period = period;
  }

  add(up: number, down: number, range: number): number {
    this.#totals.add(up, down, range);
    if (++this.#changes < this.#period) return this.#adx;
    const index = directionalIndex(this.#totals);
    // The seed divides by `period` whatever is undefined in it, so there an undefined bar counts as 0.
    if (index !== undefined) this.#adx = this.#mean.push(index);
    else if (this.#changes < 2 * this.#period) this.#adx = this.#mean.push(0);
    return this.#adx;
  }
}

/** `100·|+DI - -DI|/(+DI + -DI)` with `DI = 100·total/range`; undefined without range or movement. */
function directionalIndex({ plus, minus, range }: DirectionalTotals): number | undefined {
  if (range === 0) return undefined;
  const plusIndex = 100 * (plus / range);
  const minusIndex = 100 * (minus / range);
  const sum = plusIndex + minusIndex;
  return sum === 0 ? undefined : 100 * (Math.abs(plusIndex - minusIndex) / sum);
}
