import type { LegacyMetrics } from "./legacy-metrics.ts";

export const LEGACY_STRATEGIES = ["momentum", "breakout", "golden_cross", "value", "mixed"] as const;
export type LegacyStrategy = (typeof LEGACY_STRATEGIES)[number];

/** Which symbols a strategy lets through (portfolio.md 8). */
export const LEGACY_FILTERS: Readonly<Record<LegacyStrategy, (metrics: LegacyMetrics) => boolean>> = {
  momentum: ({ above_sma50, roc_10d, rvol }) => above_sma50 && (roc_10d > 3 || rvol > 1.5),
  breakout: ({ breakout_up, price_change_pct, rvol }) => (breakout_up || price_change_pct > 3) && rvol > 1.2,
  golden_cross: ({ golden_cross, rvol }) => golden_cross && rvol > 1,
  value: ({ above_sma50, roc_10d, rvol }) => (above_sma50 ? roc_10d > 0 && rvol > 1.3 : roc_10d > -5 && roc_10d < 3),
  mixed: ({ above_sma50, rvol, breakout_up, golden_cross, roc_10d, price_change_pct }) =>
    (above_sma50 && rvol > 1.2) || breakout_up || golden_cross || (roc_10d > 5 && rvol > 1) || price_change_pct > 3,
};

/** Any other name is `mixed`, as it always was. */
export function legacyStrategyOf(name: string): LegacyStrategy {
  return LEGACY_STRATEGIES.find((strategy) => strategy === name) ?? "mixed";
}
