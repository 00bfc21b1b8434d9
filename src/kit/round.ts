/** Rounds half away from zero at `decimals`, after removing binary noise (1.005 → 1.01). */
export function roundHalfUp(value: number, decimals = 0): number {
  const factor = 10 ** decimals;
  const scaled = Math.abs(value) * factor;
  const rounded = Math.floor(scaled + 0.5 + scaled * Number.EPSILON);
  return (Math.sign(value) * rounded) / factor || 0;
}

/** Rounds half to even at `decimals` on the exact binary value, as Python's `round` does. */
export function roundHalfEven(value: number, decimals = 0): number {
  if (!Number.isFinite(value)) return value;
  const factor = 10 ** decimals;
  // toFixed works on the exact binary value; only an exact tie needs the even rule.
  const scaled = value * factor;
  const floor = Math.floor(scaled);
  if (scaled - floor === 0.5 && floor / factor + 0.5 / factor === value)
    return (floor % 2 === 0 ? floor : floor + 1) / factor;
  return Number(value.toFixed(decimals));
}
