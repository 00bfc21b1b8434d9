import type { Database } from "../../../db/index.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import { yieldToEventLoop } from "../../../kit/clock.ts";
import { addDays, daysBetween, type IsoDate } from "../../../kit/dates.ts";
import { type Bars, sliceBars } from "../../../market/bars.ts";
import { isBarComplete } from "../../../market/session.ts";
import { rulesOf } from "../../../market/symbol.ts";
import { computeAssetEntry } from "../analysis/analyze-asset.ts";
import { type AssetEntry, isFailed } from "../analysis/asset-analysis.ts";
import { choosePeriodUsed, selectWindow, windowStart } from "../analysis/periods.ts";
import type { ReportAsset } from "../files/user-report.ts";
import { loadPrevious, type NewAnalysis, saveAnalyses } from "../store/analyses.ts";
import type { CycleMoment } from "./moment.ts";
import { failedAsset } from "./price-failure.ts";
import type { PriceSeries } from "./price-series.ts";

/** How a series is looked at: portfolios by day over a year, market candidates by week over two (portfolio.md 3.1). */
export type View = { period: "1y"; interval: "1d" } | { period: "2y"; interval: "1wk" };
export const DAILY_VIEW: View = { period: "1y", interval: "1d" };
export const WEEKLY_VIEW: View = { period: "2y", interval: "1wk" };

export interface AnalysisDeps {
  db: Database;
  series: PriceSeries;
  moment: CycleMoment;
  dataSource: DataSource;
  /** Address of a symbol's chart; null where none is served. */
  chartOf(symbol: string): string | null;
  signal: AbortSignal;
  /** Whether what is still forming counts: the running week too. */
  live: boolean;
}

/** Beyond this a series says nothing about today: its symbol is reported as too old instead. */
const OLDEST_BAR_DAYS = 14;
/** Symbols whose analyses are stored together. */
const CHUNK = 50;

/** Analyses of the symbols, each made and stored once. Only an abort rejects: a symbol that fails has a failed entry. */
export async function analyseSymbols(
  symbols: readonly string[],
  view: View,
  deps: AnalysisDeps,
  onDone?: (symbol: string) => void,
): Promise<Map<string, ReportAsset>> {
  const { db, moment, dataSource, signal } = deps;
  const assets = new Map<string, ReportAsset>();
  for (let start = 0; start < symbols.length; start += CHUNK) {
    const made: NewAnalysis[] = [];
    for (const symbol of symbols.slice(start, start + CHUNK)) {
      signal.throwIfAborted();
      const asset = await analyseSymbol(symbol, view, deps);
      assets.set(symbol, asset);
      if (!isFailed(asset.entry)) made.push({ symbol, ...view, analysis: asset.entry });
      onDone?.(symbol);
      await yieldToEventLoop();
    }
    await saveAnalyses(db, made, { dataSource, computedAt: moment.analysedAt.toISOString() });
  }
  return assets;
}

async function analyseSymbol(symbol: string, view: View, deps: AnalysisDeps): Promise<ReportAsset> {
  const { series, moment, db, dataSource } = deps;
  const instrument = series.instrument(symbol);
  const currency = instrument?.currency ?? null;
  const from = addDays(windowStart(moment.tradingDate, view.period), -OLDEST_BAR_DAYS);
  const { bars: daily, isLastOpen } = await series.load(symbol, from);
  const last = daily.date.at(-1);
  if (last === undefined) return { symbol, currency, entry: whyNothing(symbol, series) };
  if (daysBetween(last, moment.tradingDate) > OLDEST_BAR_DAYS)
    return { symbol, currency, entry: failedAsset(symbol, { code: "too_old", temporary: false }, last) };
  const { bars, entry } = computeEntry(symbol, daily, { view, deps, last, isLastOpen });
  if (isFailed(entry) || view.interval === "1wk") return { symbol, currency, entry };
  const previous = await loadPrevious(db, { symbol, asOf: entry.data_as_of, dataSource });
  return {
    symbol,
    currency,
    entry,
    closes: { dates: bars.date, values: bars.close },
    ...(previous ? { previous: { ...previous, price: closeOn(bars, previous.asOf) ?? previous.price } } : {}),
  };
}

function computeEntry(
  symbol: string,
  daily: Bars,
  { view, deps, last, isLastOpen }: { view: View; deps: AnalysisDeps; last: IsoDate; isLastOpen: boolean },
): { bars: Bars; entry: AssetEntry } {
  const { series, moment } = deps;
  const instrument = series.instrument(symbol);
  const { period, interval } = view;
  const window = selectWindow(daily, { asOf: last, period, interval });
  const week = interval === "1wk" ? window.date.at(-1) : undefined;
  const isWeekRunning = week !== undefined && !isBarComplete(week, rulesOf(symbol, instrument), moment.now, "1wk");
  // A week that has not ended is no bar yet.
  const bars = isWeekRunning && !deps.live ? sliceBars(window, 0, window.length - 1) : window;
  const periodUsed = choosePeriodUsed({
    asOf: last,
    period,
    firstBar: bars.date[0] ?? last,
    sourceFirst: instrument?.firstBar ?? null,
  });
  const entry = computeAssetEntry({
    symbol,
    bars,
    expectedDate: moment.tradingDate,
    period,
    interval,
    periodUsed,
    partialBar: interval === "1d" ? isLastOpen : isWeekRunning && deps.live,
    chartFile: deps.chartOf(symbol),
  });
  return { bars, entry };
}

/** The close of a date as the source tells it today: after a split the stored price is another unit. */
function closeOn({ date, close }: Bars, wanted: IsoDate): number | undefined {
  const index = date.lastIndexOf(wanted);
  return index < 0 ? undefined : close[index];
}

const whyNothing = (symbol: string, series: PriceSeries) =>
  failedAsset(symbol, series.failure(symbol) ?? { code: "no_data", temporary: false });
