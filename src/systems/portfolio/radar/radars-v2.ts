import type { RadarHit, RadarSet } from "./radar.ts";
import { ramp } from "./ramp.ts";
import type { TacticalReading } from "./tactical-metrics.ts";

/**
 * Profile v2 (portfolio.md 17.8). Every score is a weighted share of how far each fact has gone from "just let through" (0) to
 * "as far as it usually goes" (1), times 100: bounded, and the same scale in all radars. Prices never enter as such, only
 * as a percentage of the price, so that a symbol scores alike at 3 and at 30,000.
 */
export const RADARS_V2: RadarSet = {
  1: (reading) => scoreReversal(reading, 1),
  2: (reading) => scoreImpulse(reading, 1),
  3: (reading) => scoreReversal(reading, -1),
  4: (reading) => scoreImpulse(reading, -1),
  5: scoreSideways,
};

/** 1: upwards, -1: its mirror image. */
type Side = 1 | -1;

/**
 * Radars 1 and 3: a pullback inside a trend. Filter of v1: price beyond the long EMA in the direction of the trend, back
 * across the medium EMA, RSI below 40 (mirror: above 60).
 * Score: 50 for the RSI from 40 to 30 (60 to 70); 30 for the distance to the long EMA, which speaks for the trend, from 0 to
 * 6 % of the price; 20 for the distance to the medium EMA, the depth of the pullback, from 0 to 6 %.
 */
function scoreReversal({ metrics }: TacticalReading, side: Side): RadarHit | undefined {
  const { precio, ema_50, EMA_100, rsi } = metrics;
  const trendPercent = (side * 100 * (precio - EMA_100)) / precio;
  const pullbackPercent = (side * 100 * (ema_50 - precio)) / precio;
  const exhaustion = side * (50 - rsi);
  if (!(trendPercent > 0 && pullbackPercent > 0 && exhaustion > 10)) return undefined;
  return { score: 50 * ramp(exhaustion, 10, 20) + 30 * ramp(trendPercent, 0, 6) + 20 * ramp(pullbackPercent, 0, 6) };
}

/**
 * Radars 2 and 4: an impulse that begins on the last bar. MACD histogram on the side of the impulse by less than 1 % of the
 * price, ADX above 20, RSI beyond 50; and at least one of the three crossed its level (0, 20, 50) on this very bar.
 * Score: 40 for the crossings (20, 30, 40 for one, two, three), 35 for the ADX from 20 to 40, 25 for the RSI from 50 to 65
 * (50 to 35).
 */
function scoreImpulse({ metrics, rsiPrevious, adxPrevious }: TacticalReading, side: Side): RadarHit | undefined {
  const { precio, macd_hist, macd_hist_prev, adx, rsi } = metrics;
  const histogramPercent = (side * 100 * macd_hist) / precio;
  const strength = side * (rsi - 50);
  if (!(histogramPercent > 0 && histogramPercent < 1 && adx > 20 && strength > 0)) return undefined;
  const crossed = [side * macd_hist_prev <= 0, adxPrevious <= 20, side * (rsiPrevious - 50) <= 0].filter(Boolean);
  if (crossed.length === 0) return undefined;
  return { score: 10 + 10 * crossed.length + 35 * ramp(adx, 20, 40) + 25 * ramp(strength, 0, 15) };
}

/**
 * Radar 5: a range, not only the lack of a trend. ADX below 15, RSI within 10 of 50, short and medium EMA within 2 % of the
 * price of each other, and the close on both sides of the short EMA within ten bars, at least two changes.
 * Score: 40 for the ADX from 15 to 9, 20 for the RSI from 10 off 50 to 50, 20 for the distance of the EMAs from 2 % to 0,
 * 20 for the changes from one to five.
 */
function scoreSideways({ metrics, recentCrosses }: TacticalReading): RadarHit | undefined {
  const { precio, ema_20, ema_50, adx, rsi } = metrics;
  const spreadPercent = (100 * Math.abs(ema_20 - ema_50)) / precio;
  const offCentre = Math.abs(rsi - 50);
  if (!(adx < 15 && offCentre < 10 && spreadPercent < 2 && recentCrosses >= 2)) return undefined;
  const quiet = 40 * ramp(adx, 15, 9) + 20 * ramp(offCentre, 10, 0) + 20 * ramp(spreadPercent, 2, 0);
  return { score: quiet + 20 * ramp(recentCrosses, 1, 5), ema_crosses: recentCrosses };
}
