/** Largest of the `period` values before `end`; NaN if one of them is. */
export function highestOf(values: Float64Array, end: number, period: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let index = end - period; index < end; index++) highest = Math.max(highest, values[index]!);
  return highest;
}

/** Smallest of the `period` values before `end`; NaN if one of them is. */
export function lowestOf(values: Float64Array, end: number, period: number): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = end - period; index < end; index++) lowest = Math.min(lowest, values[index]!);
  return lowest;
}
