import { type Bars, sliceBars } from "../../../market/bars.ts";
import { computeSma } from "../../../market/indicators/index.ts";
import { countEmaCrosses } from "./ema-crosses.ts";
import { lastTwoOfAdx, lastTwoOfEma, lastTwoOfHistogram, lastTwoOfRsi } from "./last-two.ts";
import type { TacticalMetrics } from "./radar-scan.ts";

/** The published metrics, and what only profile v2 reads. */
export interface TacticalReading {
  metrics: TacticalMetrics;
  /** RSI of the bar before. */
  rsiPrevious: number;
  /** ADX of the bar before. */
  adxPrevious: number;
  /** How often the close changed sides of the short EMA within the last ten bars. */
  recentCrosses: number;
}

/** Fewer rows say nothing worth a radar. */
const MIN_ROWS = 80;
const VOLUME_ROWS = 20;
const SHORT_EMA_ROWS = 20;
const MEDIUM_EMA_ROWS = 50;
const CROSS_ROWS = 10;

/**
 * The last two bars of one symbol as the radars see them (portfolio.md 7.2). A bar with a missing value (NaN) has no
 * indicators, and none has behind it, so the last two before the first such bar count; it still counts for the length that
 * chooses the long EMA. Undefined below 80 bars, or when fewer than two bars have every value.
 */
export function computeTacticalMetrics(symbol: string, bars: Bars): TacticalMetrics | undefined {
  return computeTacticalReading(symbol, bars)?.metrics;
}

/** `computeTacticalMetrics` and the values beside them. */
export function computeTacticalReading(symbol: string, bars: Bars): TacticalReading | undefined {
  if (bars.length < MIN_ROWS) return undefined;
  const longRows = chooseLongEmaRows(bars.length);
  const end = findFirstIncomplete(bars);
  if (end <= longRows) return undefined;
  const { high, low, close, volume } = end === bars.length ? bars : sliceBars(bars, 0, end);
  const short = lastTwoOfEma(close, SHORT_EMA_ROWS);
  const rsi = lastTwoOfRsi(close);
  const histogram = lastTwoOfHistogram(close);
  const adx = lastTwoOfAdx(high, low, close);
  const volumes = volume.subarray(end - VOLUME_ROWS);
  const metrics: TacticalMetrics = {
    ticker: symbol,
    precio: close[end - 1]!,
    precio_prev: close[end - 2]!,
    ema_20: short.last,
    ema_20_prev: short.previous,
    ema_50: lastTwoOfEma(close, MEDIUM_EMA_ROWS).last,
    EMA_100: lastTwoOfEma(close, longRows).last,
    rsi: rsi.last,
    macd_hist: histogram.last,
    macd_hist_prev: histogram.previous,
    adx: adx.last,
    volume: volumes[VOLUME_ROWS - 1]!,
    volume_sma_20: computeSma(volumes, VOLUME_ROWS)[VOLUME_ROWS - 1]!,
  };
  if (!isComplete(metrics)) return undefined;
  const recentCrosses = countEmaCrosses(close, { period: SHORT_EMA_ROWS, within: CROSS_ROWS });
  return { metrics, rsiPrevious: rsi.previous, adxPrevious: adx.previous, recentCrosses };
}

function findFirstIncomplete({ length, high, low, close, volume }: Bars): number {
  for (let index = 0; index < length; index++) {
    // A sum is a number only if all of its parts are.
    if (!Number.isFinite(high[index]! + low[index]! + close[index]! + volume[index]!)) return index;
  }
  return length;
}

/** 100 bars from 120 rows on, else 60 % of the rows, at least 50; the other two averages fit from 80 rows on. */
function chooseLongEmaRows(rows: number): number {
  return rows >= 120 ? 100 : Math.max(50, Math.floor(0.6 * rows));
}

/** Whether every value but the name is a number. */
function isComplete(metrics: TacticalMetrics): boolean {
  for (const key in metrics)
    if (key !== "ticker" && !Number.isFinite(metrics[key as keyof TacticalMetrics])) return false;
  return true;
}
