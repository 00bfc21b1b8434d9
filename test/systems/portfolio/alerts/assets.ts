import type {
  AssetAnalysis,
  AssetEntry,
  AssetSignals,
  DetectorMetrics,
  LatestMetrics,
  Signal,
  Verdict,
} from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";

/** Figures by their flat names, as the recorded cases have them. */
export type Figures = Partial<Record<keyof LatestMetrics | keyof DetectorMetrics, number>>;

const DETECTOR_KEYS = ["atr_percent", "volume_sma_20", "close_prev", "stoch_k"] as const;

interface AssetParts {
  price?: number;
  recommendation?: Verdict;
  alerts?: Signal[];
  figures?: Figures;
}

/** An analysed asset with just these figures. */
export function asset({
  price = 100,
  recommendation = "MANTENER",
  alerts = [],
  figures = {},
}: AssetParts): AssetAnalysis {
  const entries = Object.entries(figures);
  const isDetectors = (key: string) => (DETECTOR_KEYS as readonly string[]).includes(key);
  const signals: AssetSignals = {
    ticker: "",
    timestamp: "2022-01-07 00:00:00",
    price_current: price,
    filters: { long_term_trend: "INDEFINIDO", market_regime: "INDEFINIDO" },
    alerts,
    signal: 0,
    priority: "LOW",
    recommendation,
  };
  return {
    signals,
    chart_file: null,
    latest_metrics: { price, ...Object.fromEntries(entries.filter(([key]) => !isDetectors(key))) } as LatestMetrics,
    detector_metrics: Object.fromEntries(entries.filter(([key]) => isDetectors(key))),
    data_as_of: "2022-01-07",
    bars: 252,
    partial_bar: false,
    period_used: "1y",
    stale: false,
  };
}

export const portfolio = (assets: Record<string, AssetEntry>): Map<string, AssetEntry> =>
  new Map(Object.entries(assets));

/** An asset of a recorded file: flat figures, and only the keys that the original read. */
export type RecordedAsset =
  | { error: string }
  | {
      signals: { price_current: number; recommendation: Verdict; alerts: Signal[] };
      latest_metrics: Figures;
    };

export function fromRecorded(recorded: Record<string, RecordedAsset>): Map<string, AssetEntry> {
  const entries = Object.entries(recorded).map(([ticker, entry]): [string, AssetEntry] => {
    if ("error" in entry) return [ticker, entry];
    const { price_current: price, recommendation, alerts } = entry.signals;
    return [ticker, asset({ price, recommendation, alerts, figures: entry.latest_metrics })];
  });
  return new Map(entries);
}
