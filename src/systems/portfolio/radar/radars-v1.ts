import type { Radar, RadarSet } from "./radar.ts";
import type { TacticalMetrics } from "./radar-scan.ts";

/** Profile v1: filters and scores as of portfolio.md 7.3. The scores are not bounded and not comparable between radars. */
export const RADARS_V1: RadarSet = {
  1: ({ metrics: { precio, ema_50, EMA_100, rsi } }) =>
    precio > EMA_100 && precio < ema_50 && rsi < 40
      ? { score: 50 + (40 - rsi) + (200 * (EMA_100 - precio)) / precio }
      : undefined,
  2: ({ metrics: { macd_hist, macd_hist_prev, adx, rsi } }) =>
    macd_hist > 0 && macd_hist < 1 && macd_hist_prev <= 0 && adx > 20 && rsi > 50
      ? { score: 60 + 1.5 * (adx - 20) + 0.5 * (rsi - 50) }
      : undefined,
  3: ({ metrics: { precio, ema_50, EMA_100, rsi } }) =>
    precio < EMA_100 && precio > ema_50 && rsi > 60
      ? { score: 50 + (rsi - 60) + (200 * (precio - EMA_100)) / precio }
      : undefined,
  4: ({ metrics: { macd_hist, macd_hist_prev, adx, rsi } }) =>
    macd_hist < 0 && macd_hist > -1 && macd_hist_prev >= 0 && adx > 20 && rsi < 50
      ? { score: 60 + 1.5 * (adx - 20) + 0.5 * (50 - rsi) }
      : undefined,
  5: sideways,
};

function sideways({ metrics }: Parameters<Radar>[0]): ReturnType<Radar> {
  const { adx, rsi } = metrics;
  if (!(adx < 20 && rsi > 35 && rsi < 65)) return undefined;
  const ema_crosses = crossedShortEma(metrics) ? 1 : 0;
  return { score: 40 + 2 * (20 - adx) - 0.5 * Math.abs(50 - rsi) + 10 * ema_crosses, ema_crosses };
}

/** Between the last two bars, either way. */
function crossedShortEma({ precio, precio_prev, ema_20, ema_20_prev }: TacticalMetrics): boolean {
  return (precio_prev < ema_20_prev && precio > ema_20) || (precio_prev > ema_20_prev && precio < ema_20);
}
