import type { AssetAnalysis, Verdict } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";

/** An analysis as short as one can be. */
export const analysisOf = (ticker: string, dataAsOf: string, recommendation: Verdict = "MANTENER"): AssetAnalysis => ({
  signals: {
    ticker,
    timestamp: `${dataAsOf} 00:00:00`,
    price_current: 10,
    filters: { long_term_trend: "INDEFINIDO", market_regime: "INDEFINIDO" },
    alerts: [{ type: "SIN_SEÑALES", description: "Nada.", priority: "LOW" }],
    signal: 0,
    priority: "LOW",
    recommendation,
  },
  chart_file: null,
  latest_metrics: { price: 10, volume: 0 },
  detector_metrics: {},
  data_as_of: dataAsOf,
  bars: 1,
  partial_bar: false,
  period_used: "1mo",
  stale: false,
});
