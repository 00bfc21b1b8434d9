/** One reading of a source. `fallback`: nothing current could be had; then `value` is the last known one, or null. */
export interface Sourced<Value> {
  value: Value | null;
  source: string;
  /** When the source said it, ISO with `Z`; null when nothing was ever had. */
  timestamp: string | null;
  fallback: boolean;
}

export type FearGreedClass = "extreme_fear" | "fear" | "neutral" | "greed" | "extreme_greed";
export type MacroRegime = "recesión" | "transición" | "expansión" | "unknown";
export type RiskLevel = "high" | "medium" | "low";

/** `market.context` of the files (portfolio.md 9, 17.5). */
export interface MarketContext {
  fear_greed: {
    /** 0 to 100. */
    stocks: Sourced<number> & { classification: string | null };
    crypto: Sourced<number> & { classification: string | null };
    /** Class of the mean of both; null while one is missing. */
    overall: FearGreedClass | null;
  };
  macro: {
    /** Percent. */
    fed_funds: Sourced<number>;
    /** Percent against the same month a year before. */
    inflation_yoy: Sourced<number>;
    unemployment: Sourced<number>;
    /** Ten-year minus two-year yield, percentage points. */
    yield_curve_10y2y: Sourced<number>;
    regime: MacroRegime;
    risk_level: RiskLevel;
  };
  bias: {
    recommended_strategy: string;
    sector_preference: string[];
    /** -1, 0 or 1. */
    risk_adjustment: number;
    /** Spanish. */
    reasoning: string[];
  };
}
