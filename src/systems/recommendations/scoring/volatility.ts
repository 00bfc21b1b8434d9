/** New York sessions a year, the usual factor for annualising daily deviations. */
const SESSIONS_PER_YEAR = 252;

/**
 * Annualised sample deviation of the last `count` daily log returns, as a fraction (0.30 = 30 %).
 * Fewer returns are used when there are fewer; null with less than two, NaN when a price is not positive.
 */
export function computeVolatility(prices: Float64Array, count = 60): number | null {
  const first = Math.max(1, prices.length - count);
  const returns = prices.length - first;
  if (returns < 2) return null;
  const logReturn = (index: number) => Math.log(prices[index]! / prices[index - 1]!);
  let sum = 0;
  for (let index = first; index < prices.length; index++) sum += logReturn(index);
  const mean = sum / returns;
  let squares = 0;
  for (let index = first; index < prices.length; index++) squares += (logReturn(index) - mean) ** 2;
  return Math.sqrt((squares / (returns - 1)) * SESSIONS_PER_YEAR);
}
