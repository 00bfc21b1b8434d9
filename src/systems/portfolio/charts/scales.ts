/** Least and greatest of the finite values; undefined without any. */
export function rangeOf(columns: readonly Float64Array[]): { low: number; high: number } | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const column of columns)
    for (const value of column) {
      // NaN compares as false.
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? { low, high } : undefined;
}

/** Room above and below the prices, as a part of their range. */
const MARGIN = 0.05;

/** The range with room around it; a flat one is opened, so that dividing by its height is safe. */
export function paddedRange({ low, high }: { low: number; high: number }): { low: number; high: number } {
  const margin = high > low ? (high - low) * MARGIN : Math.abs(high) * MARGIN;
  const padded = { low: low - margin, high: high + margin };
  return padded.high - padded.low > 0 ? padded : { low: low - 1, high: high + 1 };
}

const NICE_STEPS = [1, 2, 2.5, 5, 10];
const MAX_TICKS = 12;

export interface Ticks {
  values: number[];
  /** Distance between two of them. */
  step: number;
}

/** Round values inside the range, about `wanted` of them. */
export function niceTicks({ low, high }: { low: number; high: number }, wanted: number): Ticks {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (NICE_STEPS.find((nice) => nice * power >= rough) ?? 10) * power;
  // Ranges at the edge of what a number holds have no round steps.
  if (!(step > 0) || !Number.isFinite(step)) return { values: [low, high], step: high - low };
  const first = Math.ceil(low / step);
  const values: number[] = [];
  for (let index = 0; index < MAX_TICKS; index++) {
    const value = (first + index) * step;
    if (value > high) break;
    values.push(value === 0 ? 0 : value);
  }
  return { values, step };
}
