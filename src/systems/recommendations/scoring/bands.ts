/** One step of a points table: `[limit, points]`. */
export type Band = readonly [limit: number, points: number];

/** Points of the first band whose limit lies below `value`; 0 under all of them. */
export function pointsAbove(value: number, bands: readonly Band[]): number {
  for (const [limit, points] of bands) if (value > limit) return points;
  return 0;
}

/** Points of the first band whose limit lies above `value`; 0 over all of them. */
export function pointsBelow(value: number, bands: readonly Band[]): number {
  for (const [limit, points] of bands) if (value < limit) return points;
  return 0;
}

/** Points of the first band whose limit is at least `value`; 0 over all of them. */
export function pointsUpTo(value: number, bands: readonly Band[]): number {
  for (const [limit, points] of bands) if (value <= limit) return points;
  return 0;
}

/** Points of several parts, of which some have no data (null), beside what the parts with data could have given. */
export function sumPoints<Name extends string>(
  points: Readonly<Record<Name, number | null>>,
  maxima: Readonly<Record<Name, number>>,
): { sum: number; maximum: number } {
  let sum = 0;
  let maximum = 0;
  for (const name in maxima) {
    const given = points[name];
    if (given === null) continue;
    sum += given;
    maximum += maxima[name];
  }
  return { sum, maximum };
}
