import type { Recommendation } from "../../db/schema/recommendations.ts";
import { daysBetween, type IsoDate } from "../../kit/dates.ts";
import type { Bars } from "../../market/bars.ts";

/** Sessions after which a recommendation is judged: a week, a month and a quarter. */
export const HORIZONS = [5, 20, 60] as const;
export type Horizon = (typeof HORIZONS)[number];

/** MANTENER is right when the ticker stays within this of the benchmark over 20 sessions. */
const HOLD_BAND_20_SESSIONS = 0.05;

/** What became of one recommendation after one horizon. Returns are fractions of adjusted closes: 0.05 = 5 %. */
export interface Outcome {
  horizon: Horizon;
  barDate: IsoDate;
  startPrice: number;
  endDate: IsoDate;
  endPrice: number;
  returnFraction: number;
  benchmark: string | null;
  benchmarkReturn: number | null;
  excessReturn: number | null;
  hit: boolean;
}

export interface Benchmark {
  symbol: string;
  bars: Bars;
}

/**
 * Judges a recommendation by the ticker's own sessions after `barDate`, for every horizon whose last session is in `bars`.
 * The benchmark is measured between the same two dates (its last bar on or before each); where it has no bar near them
 * it is left out and the raw return decides.
 */
export function computeOutcomes(
  recommendation: Recommendation,
  barDate: IsoDate,
  bars: Bars,
  benchmark: Benchmark | undefined,
): Outcome[] {
  const start = indexAtOrBefore(bars, barDate);
  if (start < 0 || bars.date[start] !== barDate || !(bars.adjClose[start]! > 0)) return [];
  const outcomes: Outcome[] = [];
  for (const horizon of HORIZONS) {
    const end = start + horizon;
    if (end >= bars.length) break;
    const [startPrice, endPrice, endDate] = [bars.adjClose[start]!, bars.adjClose[end]!, bars.date[end]!];
    const returnFraction = endPrice / startPrice - 1;
    const benchmarkReturn = benchmark ? returnBetween(benchmark.bars, barDate, endDate) : null;
    const excessReturn = benchmarkReturn === null ? null : returnFraction - benchmarkReturn;
    outcomes.push({
      horizon,
      barDate,
      startPrice,
      endDate,
      endPrice,
      returnFraction,
      benchmark: benchmarkReturn === null ? null : benchmark!.symbol,
      benchmarkReturn,
      excessReturn,
      hit: isHit(recommendation, horizon, excessReturn ?? returnFraction),
    });
  }
  return outcomes;
}

/** COMPRAR is right when it beats the benchmark, VENDER when it lags it, MANTENER when it stays within the band. */
export function isHit(recommendation: Recommendation, horizon: Horizon, advantage: number): boolean {
  if (recommendation === "COMPRAR") return advantage > 0;
  return recommendation === "VENDER" ? advantage < 0 : Math.abs(advantage) <= holdBand(horizon);
}

/** Fraction: ±5 % over 20 sessions, growing with the square root of time as the spread of returns does. */
export function holdBand(horizon: Horizon): number {
  return HOLD_BAND_20_SESSIONS * Math.sqrt(horizon / 20);
}

/** Calendar days that the benchmark's bar may lie before the date asked for: a long weekend. */
const MAX_BENCHMARK_GAP_DAYS = 4;

function returnBetween(bars: Bars, from: IsoDate, to: IsoDate): number | null {
  const [start, end] = [indexAtOrBefore(bars, from), indexAtOrBefore(bars, to)];
  if (start < 0 || !isNear(bars.date[start]!, from) || !isNear(bars.date[end]!, to)) return null;
  const [startPrice, endPrice] = [bars.adjClose[start]!, bars.adjClose[end]!];
  return startPrice > 0 && endPrice > 0 ? endPrice / startPrice - 1 : null;
}

const isNear = (date: IsoDate, wanted: IsoDate) => daysBetween(date, wanted) <= MAX_BENCHMARK_GAP_DAYS;

/** Index of the last bar on or before `date`; -1 when there is none. */
function indexAtOrBefore({ date: dates, length }: Bars, date: IsoDate): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (dates[middle]! <= date) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
