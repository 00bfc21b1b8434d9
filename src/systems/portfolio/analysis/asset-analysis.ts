import type { AnalysisPeriod, SignalPriority } from "../../../db/schema/portfolio.ts";
import type { IsoDate } from "../../../kit/dates.ts";

export type Verdict = "COMPRAR" | "MANTENER" | "VENDER";
export type LongTermTrend = "ALCISTA" | "BAJISTA" | "INDEFINIDO";
export type TrendStrength = "TENDENCIA_FUERTE" | "TENDENCIA_MODERADA" | "TENDENCIA_DÉBIL" | "LATERAL" | "INDEFINIDO";
export type SignalType =
  | "DIVERGENCIA_BAJISTA"
  | "SOBRECOMPRA"
  | "DIVERGENCIA_ALCISTA"
  | "SOBREVENTA"
  | "RUPTURA_ALCISTA_CONFIRMADA"
  | "RUPTURA_BAJISTA_CONFIRMADA"
  | "MACD_CRUCE_ALCISTA"
  | "MACD_CRUCE_BAJISTA"
  | "MERCADO_LATERAL"
  | "ALERTA_CONTRA_TENDENCIA"
  | "SIN_SEÑALES";

/** One observation about the last bar; `description` is a Spanish sentence for end users. */
export interface Signal {
  type: SignalType;
  description: string;
  priority: SignalPriority;
}

/** What the last bar says (portfolio.md 5, 11.2); keys and their order are those of the files. */
export interface AssetSignals {
  ticker: string;
  /** Expected last trading date at midnight: `2024-03-08 00:00:00`. */
  timestamp: string;
  /** Close of the analysed bar, quote currency. */
  price_current: number;
  filters: { long_term_trend: LongTermTrend; market_regime: TrendStrength; adx_value?: number };
  /** At least one. */
  alerts: Signal[];
  signal: 1 | 0 | -1;
  priority: Exclude<SignalPriority, "MEDIUM">;
  rsi_value?: number;
  macd_histogram?: number;
  recommendation: Verdict;
}

/** Indicators at the last bar, unrounded; a key is absent while its indicator warms up. */
export interface LatestMetrics {
  price: number;
  volume: number;
  ema_12?: number;
  ema_26?: number;
  ema_50?: number;
  ema_200?: number;
  rsi?: number;
  macd?: number;
  macd_histogram?: number;
  adx?: number;
  obv?: number;
  atr?: number;
  bollinger_lower?: number;
  bollinger_upper?: number;
}

/** What the detector of advanced alerts reads beside `latest_metrics` (portfolio.md 10.1, a-21). */
export interface DetectorMetrics {
  atr_percent?: number;
  volume_sma_20?: number;
  close_prev?: number;
  stoch_k?: number;
}

/** One asset of a file. The first three keys are the old contract; the others are additions. */
export interface AssetAnalysis {
  signals: AssetSignals;
  /** Address of the chart; null unless `VIGIA_PUBLIC_URL` is set. */
  chart_file: string | null;
  latest_metrics: LatestMetrics;
  detector_metrics: DetectorMetrics;
  /** Date of the analysed bar. */
  data_as_of: IsoDate;
  bars: number;
  /** The analysed bar was still forming. */
  partial_bar: boolean;
  /** Shorter than asked when the listing is younger. */
  period_used: AnalysisPeriod;
  /** The last bar is more than two days older than the expected one. */
  stale: boolean;
}

/** An asset that could not be analysed; `error` is a Spanish sentence for end users. */
export interface FailedAsset {
  error: string;
}

export type AssetEntry = AssetAnalysis | FailedAsset;

export const isFailed = (entry: AssetEntry): entry is FailedAsset => "error" in entry;

/** Stored with each analysis; a change of the arithmetic gets a new name. */
export const ANALYSIS_PROFILE = "svga-v1";
