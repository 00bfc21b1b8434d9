import { type Bars, lastBars } from "../../../../market/bars.ts";
import { computeSma } from "../../../../market/indicators/index.ts";

/**
 * Last bar of one symbol as the legacy radar sees it (portfolio.md 8). An average is null where its window lacks a bar, and
 * whatever compares with it is false.
 */
export interface LegacyMetrics {
  ticker: string;
  price: number;
  /** Against the close before. */
  price_change_pct: number;
  volume: number;
  /** Volume as a multiple of its mean of 20 bars; 0 without such a mean. */
  rvol: number;
  sma_20: number | null;
  sma_50: number | null;
  sma_200: number | null;
  above_sma50: boolean;
  above_sma200: boolean;
  /** SMA 50 crosses the SMA 200 upwards on the last bar. */
  golden_cross: boolean;
  death_cross: boolean;
  /** Close beyond the highest high of the 20 bars before the last. */
  breakout_up: boolean;
  breakout_down: boolean;
  /** Percent against the close ten bars before. */
  roc_10d: number;
  /** Mean true range of 14 bars, percent of the close. */
  atr_percent: number | null;
  high_volume: boolean;
  strong_momentum: boolean;
}

const MIN_ROWS = 50;
const BREAKOUT_ROWS = 20;
const RANGE_ROWS = 14;

/** Undefined below 50 bars, or when the price, its change, its volume or its momentum is no number. */
export function computeLegacyMetrics(symbol: string, bars: Bars): LegacyMetrics | undefined {
  if (bars.length < MIN_ROWS) return undefined;
  const { close } = bars;
  const price = close.at(-1)!;
  const sma50 = lastSma(close, 50);
  const sma200 = lastSma(close, 200);
  const turn = crossOf(close, sma50, sma200);
  const before = lastBars(bars, BREAKOUT_ROWS + 1);
  const volume = bars.volume.at(-1)!;
  const meanVolume = lastSma(bars.volume, 20);
  const rvol = meanVolume > 0 ? volume / meanVolume : 0;
  const roc = percentChange(price, close.at(-11)!);
  const metrics: LegacyMetrics = {
    ticker: symbol,
    price,
    price_change_pct: percentChange(price, close.at(-2)!),
    volume,
    rvol,
    sma_20: orNull(lastSma(close, 20)),
    sma_50: orNull(sma50),
    sma_200: orNull(sma200),
    above_sma50: price > sma50,
    above_sma200: price > sma200,
    golden_cross: turn > 0,
    death_cross: turn < 0,
    breakout_up: price > Math.max(...before.high.subarray(0, BREAKOUT_ROWS)),
    breakout_down: price < Math.min(...before.low.subarray(0, BREAKOUT_ROWS)),
    roc_10d: roc,
    atr_percent: orNull((100 * meanTrueRange(bars)) / price),
    high_volume: rvol > 2,
    strong_momentum: roc > 5,
  };
  return isComplete(metrics) ? metrics : undefined;
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** NaN with fewer values than the period. */
const lastSma = (values: Float64Array, period: number): number =>
  computeSma(values.subarray(-period), period).at(-1) ?? Number.NaN;

/** 1: SMA 50 over SMA 200 since the last bar, -1: under it, 0: neither or too few bars. */
function crossOf(close: Float64Array, sma50: number, sma200: number): number {
  const before = close.subarray(0, -1);
  const gapBefore = lastSma(before, 50) - lastSma(before, 200);
  const gap = sma50 - sma200;
  if (gap > 0 && gapBefore <= 0) return 1;
  return gap < 0 && gapBefore >= 0 ? -1 : 0;
}

const percentChange = (now: number, before: number): number => (100 * (now - before)) / before;

function meanTrueRange({ high, low, close, length }: Bars): number {
  let sum = 0;
  for (let index = length - RANGE_ROWS; index < length; index++) {
    const previous = close[index - 1]!;
    sum += Math.max(high[index]!, previous) - Math.min(low[index]!, previous);
  }
  return sum / RANGE_ROWS;
}

function isComplete(metrics: LegacyMetrics): boolean {
  return Object.values(metrics).every((value) => typeof value !== "number" || Number.isFinite(value));
}
