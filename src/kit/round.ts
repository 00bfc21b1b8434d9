/** Rounds half away from zero at `decimals`, after removing binary noise (1.005 → 1.01). Non-finite values stay as they are. */
export function roundHalfUp(value: number, decimals = 0): number {
  if (!Number.isFinite(value)) return value;
  const factor = 10 ** decimals;
  const scaled = Math.abs(value) * factor;
  const rounded = Math.floor(scaled + 0.5 + scaled * Number.EPSILON);
  return (Math.sign(value) * rounded) / factor || 0;
}

/** Rounds half to even at `decimals` on the exact binary value, as Python's `round` does. */
export function roundHalfEven(value: number, decimals = 0): number {
  if (!Number.isFinite(value)) return value;
  // toFixed works on the exact binary value; only an exact tie needs the even rule. A binary fraction lies exactly between
  // two decimals of length d only if it is an odd multiple of 2^-(d+1), and scaling by a power of two is exact.
  const halves = Math.abs(value) * 2 ** (decimals + 1);
  if (halves % 2 !== 1) return Number(value.toFixed(decimals)) || 0;
  const factor = 10 ** decimals;
  const below = Math.floor(Math.abs(value) * factor);
  return (Math.sign(value) * (below % 2 === 0 ? below : below + 1)) / factor || 0;
}
