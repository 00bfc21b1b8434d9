import type { Recommendation } from "../../../db/schema/recommendations.ts";
import type { Thresholds } from "../analysis.ts";

export function recommendationOf(total: number, { buy, hold }: Thresholds): Recommendation {
  if (total >= buy) return "COMPRAR";
  return total >= hold ? "MANTENER" : "VENDER";
}

export const RECOMMENDATION_COLORS = {
  COMPRAR: "green",
  MANTENER: "yellow",
  VENDER: "red",
} as const satisfies Record<Recommendation, string>;

/** What the target price is of the price, by total score. A mechanical reference, not a valuation. */
const TARGET_FACTORS = [
  [80, 1.15],
  [70, 1.1],
  [60, 1.05],
  [40, 1],
  [30, 0.95],
] as const;

const LOWEST_TARGET_FACTOR = 0.9;

/** Price times the factor of the total; null without a price or with price 0. Not rounded. */
export function computeTargetPrice(price: number | null, total: number): number | null {
  if (price === null || price === 0) return null;
  const factor = TARGET_FACTORS.find(([least]) => total >= least)?.[1] ?? LOWEST_TARGET_FACTOR;
  return price * factor;
}
