import type { IsoDate } from "../../../kit/dates.ts";

export type RadarProfile = "v1" | "v2";
/** `TRANSICION` is profile v2's name for mixed states. */
export type Regime = "ALCISTA" | "BAJISTA" | "LATERAL" | "TRANSICION" | "UNKNOWN";

/** The state of a benchmark (portfolio.md 6). `EMA_100` is the EMA of 200 bars under its old name. */
export interface MarketRegime {
  regime: Regime;
  signal: "COMPRAR" | "VENDER" | "MANTENER";
  /** 0 to 100. */
  confidence: number;
  benchmark: string;
  price?: number;
  ema_50?: number;
  EMA_100?: number;
  /** Profile v2: the same value under its right name. */
  ema_200?: number;
  macd_hist?: number;
  adx?: number;
  rsi?: number;
  /** Spanish, for end users. */
  reasons: string[];
  /** Moment of the scan, ISO with `Z`. */
  timestamp: string;
  /** Only with UNKNOWN: why. */
  error?: string;
}

/** Last two bars of one member (portfolio.md 7.2); `EMA_100` is the long EMA, whose window depends on the bars. */
export interface TacticalMetrics {
  ticker: string;
  precio: number;
  precio_prev: number;
  ema_20: number;
  ema_20_prev: number;
  ema_50: number;
  EMA_100: number;
  rsi: number;
  macd_hist: number;
  macd_hist_prev: number;
  adx: number;
  volume: number;
  volume_sma_20: number;
}

/** `ema_crosses`: only radar 5, how often the price changed sides of the short EMA. */
export type ScoredMetrics = TacticalMetrics & { ema_crosses?: number; radar: string; score: number };

/** One scan of a list of symbols. */
export interface RadarScan {
  regime: MarketRegime;
  /** Best first, at most ten; ties by symbol. */
  candidates: ScoredMetrics[];
  /** `Radar 1 (Reversión Alcista), …`, or `NONE`. */
  radars_used: string;
  metrics: TacticalMetrics[];
  /** Symbols without enough bars. */
  skipped: string[];
  /** Date of the benchmark's last bar; null without one. */
  as_of: IsoDate | null;
  profile: RadarProfile;
}
