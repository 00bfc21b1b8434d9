/**
 * Rate of change: the close in percent of the one `period` bars ago, less 100. First at `period`; NaN where that close is
 * 0. `technicalindicators` computes the same and then drops what is NaN, so that its values slip to other bars.
 */
export function computeRoc(close: Float64Array, period = 10): Float64Array {
  return close.map((value, index) => {
    const before = index < period ? Number.NaN : close[index - period]!;
    return before === 0 ? Number.NaN : 100 * (value / before - 1);
  });
}
