/**
 * On-balance volume: starts at the first volume, then plus the volume of a rising close, minus that of a falling one.
 * Never warms up; NaN from the first NaN of the input on.
 */
export function computeObv(close: Float64Array, volume: Float64Array): Float64Array {
  const obv = createObv();
  const totals = new Float64Array(close.length);
  for (let index = 0; index < close.length; index++) totals[index] = obv.push(close[index]!, volume[index]!);
  return totals;
}

/** `computeObv` bar by bar. */
export function createObv(): { push(close: number, volume: number): number } {
  let started = false;
  let previous = Number.NaN;
  let total = 0;
  return {
    push(close, volume) {
      if (!started || close > previous) total += volume;
      else if (close < previous) total -= volume;
      // Neither above, below nor equal: a close is NaN. So is the volume of a bar that does not count.
      else if (close !== previous || Number.isNaN(volume)) total = Number.NaN;
      started = true;
      previous = close;
      return total;
    },
  };
}
