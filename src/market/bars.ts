import type { IsoDate } from "../kit/dates.ts";

export type Interval = "1d" | "1wk";

/** Every series begins later. */
export const BEGINNING: IsoDate = "1900-01-01";

/**
 * Bars as columns, oldest first, all of the same length: what indicators read without copying.
 * Prices are split-adjusted; `adjClose` is adjusted for dividends too (equal to `close` where a source has none).
 */
export interface Bars {
  readonly length: number;
  readonly date: readonly IsoDate[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly adjClose: Float64Array;
  readonly volume: Float64Array;
}

export interface Bar {
  date: IsoDate;
  open: number;
  high: number;
  low: number;
  close: number;
  adjClose: number;
  volume: number;
}

export function toBars(rows: readonly Bar[]): Bars {
  const column = (pick: (bar: Bar) => number) => Float64Array.from(rows, pick);
  return {
    length: rows.length,
    date: rows.map((bar) => bar.date),
    open: column((bar) => bar.open),
    high: column((bar) => bar.high),
    low: column((bar) => bar.low),
    close: column((bar) => bar.close),
    adjClose: column((bar) => bar.adjClose),
    volume: column((bar) => bar.volume),
  };
}

/** The bars and one more after them. Copies. */
export function appendBar(bars: Bars, bar: Bar): Bars {
  const column = (name: Exclude<keyof Bars, "length" | "date">) => Float64Array.of(...bars[name], bar[name]);
  return {
    length: bars.length + 1,
    date: [...bars.date, bar.date],
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    adjClose: column("adjClose"),
    volume: column("volume"),
  };
}

/** The bars up to and including `date`: history as it was known then. Views, not copies. */
export function cutBarsAt(bars: Bars, date: IsoDate): Bars {
  let end = bars.length;
  while (end > 0 && bars.date[end - 1]! > date) end--;
  return end === bars.length ? bars : sliceBars(bars, 0, end);
}

/** How many of the ascending dates lie before `date`. */
export function countBefore(dates: readonly IsoDate[], date: IsoDate): number {
  let low = 0;
  let high = dates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (dates[middle]! < date) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last `count` bars. Views, not copies. */
export function lastBars(bars: Bars, count: number): Bars {
  return bars.length <= count ? bars : sliceBars(bars, bars.length - count, bars.length);
}

/** The bars from `start` up to and without `end`. Views, not copies. */
export function sliceBars(bars: Bars, start: number, end: number): Bars {
  return {
    length: end - start,
    date: bars.date.slice(start, end),
    open: bars.open.subarray(start, end),
    high: bars.high.subarray(start, end),
    low: bars.low.subarray(start, end),
    close: bars.close.subarray(start, end),
    adjClose: bars.adjClose.subarray(start, end),
    volume: bars.volume.subarray(start, end),
  };
}
