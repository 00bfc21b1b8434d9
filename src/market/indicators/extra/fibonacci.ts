import { fibonacciretracement } from "technicalindicators";
import type { Bars } from "../../bars.ts";
import { highestOf, lowestOf } from "../extremes.ts";

/** Prices between the lowest low (`0`) and the highest high (`100`); the keys are percent. */
export type FibonacciLevels = Record<"0" | "23.6" | "38.2" | "50" | "61.8" | "78.6" | "100", number>;

const NAMES = ["0", "23.6", "38.2", "50", "61.8", "78.6", "100"] as const;

/**
 * Retracement levels of the last `count` bars as they are known at the last one; null with fewer bars, or when a price is
 * missing. The library's levels beyond 100 % are left out.
 */
export function computeFibonacciLevels(
  { high, low, length }: Pick<Bars, "high" | "low" | "length">,
  count = 50,
): FibonacciLevels | null {
  if (length < count) return null;
  const [lowest, highest] = [lowestOf(low, length, count), highestOf(high, length, count)];
  if (Number.isNaN(lowest + highest)) return null;
  // The library's levels go from its second argument back to its first.
  const prices = fibonacciretracement(highest, lowest);
  return Object.fromEntries(NAMES.map((name, index) => [name, prices[index]!])) as FibonacciLevels;
}
