/** The newest values of a stream as one contiguous stretch, so that a stream and a whole series share their arithmetic. */
export interface Window {
  readonly values: Float64Array;
  /** Where the stretch ends (exclusive); it is `period` long, and NaN where nothing was pushed yet. */
  readonly end: number;
  push(value: number): void;
}

export function createWindow(period: number): Window {
  // Each value is written twice, `period` apart: wherever the newest one lies, the ones before it precede it.
  const values = new Float64Array(2 * period).fill(Number.NaN);
  let next = 0;
  return {
    values,
    get end() {
      return next + period;
    },
    push(value) {
      values[next] = value;
      values[next + period] = value;
      next = (next + 1) % period;
    },
  };
}
