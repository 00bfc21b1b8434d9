import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type Bar, type Bars, sliceBars, toBars } from "../../../../src/market/bars.ts";
import type { ScoredMetrics, TacticalMetrics } from "../../../../src/systems/portfolio/radar/radar-scan.ts";
import type { ScanMember } from "../../../../src/systems/portfolio/radar/scan.ts";
import { sharedPath } from "../../../support/shared.ts";

export const GOLDEN = "golden/portfolio/radar";

/** First date, last date, rows. */
export type Window = readonly [from: string, to: string, rows: number];

/** One scan of `tactical.json`. */
export interface GoldenScan {
  as_of: string;
  universe: string;
  benchmark: string;
  universe_requested: string[];
  scan_window: Window;
  benchmark_window: Window;
  regime_info: Record<string, number | string | string[]>;
  skipped: string[];
  candidates: string[];
  radars_used: string;
  top_rows: ScoredMetrics[];
  metrics: TacticalMetrics[];
  all_radars_unlimited: Record<string, ScoredMetrics[]>;
}

/** Daily bars of every symbol in `inputs.csv.gz`, whole. */
export function loadGoldenBars(): ReadonlyMap<string, Bars> {
  const text = gunzipSync(readFileSync(sharedPath(`${GOLDEN}/inputs.csv.gz`))).toString();
  const rows = new Map<string, Bar[]>();
  for (const line of text.split("\n").slice(1)) {
    const [symbol, date, open, high, low, close, volume] = line.split(",");
    if (!symbol) continue;
    if (!rows.has(symbol)) rows.set(symbol, []);
    rows.get(symbol)!.push({
      date: date!,
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      adjClose: Number(close),
      volume: Number(volume),
    });
  }
  return new Map([...rows].map(([symbol, bars]) => [symbol, toBars(bars)]));
}

/** The bars with `from <= date <= to`; undefined when there are none. */
export function selectBars(
  bars: Bars | undefined,
  [from, to]: readonly [string, string, ...unknown[]],
): Bars | undefined {
  if (!bars) return undefined;
  const start = bars.date.findIndex((date) => date >= from);
  const end = bars.date.findLastIndex((date) => date <= to) + 1;
  return start < 0 || end <= start ? undefined : sliceBars(bars, start, end);
}

/**
 * What the original was handed: one table for all symbols, so that a day on which any of them traded is a row of each, with
 * nothing in it where a symbol did not. (It makes a difference for coins with a hole in their history or a late start.)
 */
export function joinOnDates(symbols: readonly string[], select: (symbol: string) => Bars | undefined): ScanMember[] {
  const windows = symbols.map((symbol) => ({ symbol, bars: select(symbol) }));
  const dates = [...new Set(windows.flatMap(({ bars }) => bars?.date ?? []))].sort();
  return windows.map(({ symbol, bars }) => ({ symbol, bars: bars && spread(bars, dates) }));
}

function spread(bars: Bars, dates: readonly string[]): Bars {
  const rowOf = new Map(bars.date.map((date, row) => [date, row]));
  const column = (values: Float64Array) =>
    Float64Array.from(dates, (date) => values[rowOf.get(date) ?? -1] ?? Number.NaN);
  return {
    length: dates.length,
    date: dates,
    open: column(bars.open),
    high: column(bars.high),
    low: column(bars.low),
    close: column(bars.close),
    adjClose: column(bars.adjClose),
    volume: column(bars.volume),
  };
}
