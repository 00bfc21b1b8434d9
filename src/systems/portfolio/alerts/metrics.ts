import type { AssetAnalysis } from "../analysis/asset-analysis.ts";

/** What alerts and summary read of one asset; null where missing or no finite number. */
export interface AlertMetrics {
  /** Close of the analysed bar, quote currency. */
  close: number;
  /** Change against the previous close, percent. */
  changePercent: number | null;
  closePrev: number | null;
  /** Volume against its mean of 20 bars. */
  relativeVolume: number | null;
  volume: number | null;
  volumeMean: number | null;
  emaSide: "above" | "below" | "equal" | null;
  rsi: number | null;
  histogram: number | null;
  adx: number | null;
  atr: number | null;
  /** Percent of the close. */
  atrPercent: number | null;
  /** Stochastic K, 0 to 100. */
  stochasticK: number | null;
}

export function readMetrics({ signals, latest_metrics: latest, detector_metrics: extra }: AssetAnalysis): AlertMetrics {
  const close = signals.price_current;
  const closePrev = finite(extra.close_prev);
  const volume = finite(latest.volume);
  const volumeMean = finite(extra.volume_sma_20);
  return {
    close,
    changePercent: closePrev !== null && closePrev > 0 ? finite(((close - closePrev) / closePrev) * 100) : null,
    closePrev,
    relativeVolume: volume !== null && volumeMean !== null && volumeMean > 0 ? finite(volume / volumeMean) : null,
    volume,
    volumeMean,
    emaSide: sideOf(finite(latest.ema_50), finite(latest.ema_200)),
    rsi: finite(latest.rsi),
    histogram: finite(latest.macd_histogram),
    adx: finite(latest.adx),
    atr: finite(latest.atr),
    atrPercent: finite(extra.atr_percent),
    stochasticK: finite(extra.stoch_k),
  };
}

/** Where EMA 50 lies to EMA 200. */
function sideOf(ema50: number | null, ema200: number | null): AlertMetrics["emaSide"] {
  if (ema50 === null || ema200 === null) return null;
  if (ema50 === ema200) return "equal";
  return ema50 > ema200 ? "above" : "below";
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
