import type { LegacyMetrics } from "./legacy-metrics.ts";

export type LegacyConfidence = "BAJA" | "MEDIA" | "ALTA";

/** What the final score reads. */
export type LegacyScoreFacts = Pick<
  LegacyMetrics,
  "roc_10d" | "rvol" | "above_sma50" | "above_sma200" | "breakout_up" | "golden_cross"
>;

/** Order inside a filter (portfolio.md 8); no other use, no bounds. */
export function scoreFilterOrder(metrics: LegacyMetrics): number {
  return (
    0.25 * metrics.rvol +
    0.35 * clip(metrics.roc_10d, -10, 20) +
    8 * Number(metrics.above_sma50) +
    12 * Number(metrics.above_sma200) +
    15 * Number(metrics.breakout_up) +
    20 * Number(metrics.golden_cross) +
    0.5 * clip(metrics.price_change_pct, -5, 10)
  );
}

/**
 * Final score, 0 to 100 (portfolio.md 8): momentum (-7 to 17.5), volume (0 to 15), trend (0 to 20) and signals (0 to 30)
 * within 0 to 90, plus the boost of the sentiment. Without an SMA 200 the first four reach 57.5 at most.
 */
export function computeLegacyScore(facts: LegacyScoreFacts, boost: number): number {
  const momentum = 0.7 * clip(facts.roc_10d, -10, 25);
  const volume = 3 * clip(facts.rvol - 1, 0, 5);
  const trend = 10 * Number(facts.above_sma50) + 10 * Number(facts.above_sma200);
  const signals = 15 * Number(facts.breakout_up) + 15 * Number(facts.golden_cross);
  return clip(clip(momentum + volume + trend + signals, 0, 90) + boost, 0, 100);
}

/** Class of a final score. The original had none for exactly 0 (portfolio.md a-20). */
export function classifyConfidence(score: number): LegacyConfidence {
  if (score > 70) return "ALTA";
  return score > 50 ? "MEDIA" : "BAJA";
}

/**
 * Points for buying against the crowd, from a fear and greed index of 0 (fear) to 100 (greed), as of portfolio.md 8; 0 when
 * there is no index.
 */
export function sentimentBoost(index: number | null): number {
  if (index === null || Number.isNaN(index)) return 0;
  if (index < 25) return 10;
  if (index < 40) return 5;
  if (index > 75) return -10;
  return index > 60 ? -5 : 0;
}

function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
