import type { AnalysisPeriod } from "../../../db/schema/portfolio.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import type { Bars, Interval } from "../../../market/bars.ts";
import type { AssetAnalysis, AssetEntry, DetectorMetrics, LatestMetrics } from "./asset-analysis.ts";
import { checkBars } from "./check-bars.ts";
import { isStale } from "./periods.ts";
import { computeReadings, type Readings } from "./readings.ts";
import { computeSignals } from "./signals.ts";

export interface AssetInput {
  symbol: string;
  /** The window to analyse, oldest first; its last bar is the one judged. */
  bars: Bars;
  /** Expected last trading date. */
  expectedDate: IsoDate;
  period: AnalysisPeriod;
  interval: Interval;
  /** Default: `period`. */
  periodUsed?: AnalysisPeriod;
  /** The last bar is still forming. Default: false. */
  partialBar?: boolean;
  /** Default: null, no chart is served. */
  chartFile?: string | null;
}

/** The entry of one asset: its analysis, or why its bars cannot be analysed. */
export function computeAssetEntry(input: AssetInput): AssetEntry {
  const check = checkBars(input.symbol, input.bars);
  return check.accepted ? analyzeAsset({ ...input, bars: check.bars }) : { error: check.message };
}

/** Indicators, signals and metrics of bars that `checkBars` accepted (portfolio.md 5, 11.2); keys in the order of the files. */
export function analyzeAsset(input: AssetInput): AssetAnalysis {
  const { symbol, bars, expectedDate, interval } = input;
  const readings = computeReadings(bars);
  const barDate = bars.date[bars.length - 1]!;
  return {
    signals: computeSignals(symbol, readings, expectedDate),
    chart_file: input.chartFile ?? null,
    latest_metrics: latestMetrics(readings),
    detector_metrics: detectorMetrics(readings),
    data_as_of: barDate,
    bars: bars.length,
    partial_bar: input.partialBar ?? false,
    period_used: input.periodUsed ?? input.period,
    stale: interval === "1d" && isStale(barDate, expectedDate),
  };
}

function latestMetrics(readings: Readings): LatestMetrics {
  const { close, volume } = readings;
  return withKnown<LatestMetrics>(
    { price: close, volume },
    {
      ema_12: readings.ema12,
      ema_26: readings.ema26,
      ema_50: readings.ema50,
      ema_200: readings.ema200,
      rsi: readings.rsi,
      macd: readings.macd,
      macd_histogram: readings.histogram,
      adx: readings.adx,
      obv: readings.obv,
      atr: readings.atr,
      bollinger_lower: readings.lowerBand,
      bollinger_upper: readings.upperBand,
    },
  );
}

function detectorMetrics({ atr, close, volumeMean, closePrevious, stochasticK }: Readings): DetectorMetrics {
  return withKnown<DetectorMetrics>(
    {},
    {
      atr_percent: (atr / close) * 100,
      volume_sma_20: volumeMean,
      close_prev: closePrevious,
      stoch_k: stochasticK,
    },
  );
}

/** `target` with those of `values` that are numbers: a key is absent while its indicator is missing. */
function withKnown<T extends object>(target: T, values: Partial<T>): T {
  for (const key in values) if (Number.isFinite(values[key])) target[key] = values[key]!;
  return target;
}
