import { addDays, type IsoDate } from "../../../../src/kit/dates.ts";
import { type Bar, type Bars, toBars } from "../../../../src/market/bars.ts";

export interface SeriesPlan {
  from?: IsoDate;
  count: number;
  /** Close of the bar at `index`. Default: a slow wave around 100. */
  close?: (index: number) => number;
  volume?: (index: number) => number;
  /** High and low lie this share away from the close. Default: 1 %. */
  spread?: number;
}

const wave = (index: number) => 100 + 8 * Math.sin(index / 9) + 3 * Math.sin(index * 1.7);

/** Bars of consecutive calendar days. */
export function seriesOf({
  from = "2023-01-02",
  count,
  close = wave,
  volume = () => 1_000,
  spread = 0.01,
}: SeriesPlan): Bars {
  const bars: Bar[] = [];
  for (let index = 0; index < count; index++) {
    const price = close(index);
    bars.push({
      date: addDays(from, index),
      open: index > 0 ? close(index - 1) : price,
      high: price * (1 + spread),
      low: price * (1 - spread),
      close: price,
      adjClose: price,
      volume: volume(index),
    });
  }
  return toBars(bars);
}

export function rowsOf(bars: Bars): Bar[] {
  return bars.date.map((date, index) => ({
    date,
    open: bars.open[index]!,
    high: bars.high[index]!,
    low: bars.low[index]!,
    close: bars.close[index]!,
    adjClose: bars.adjClose[index]!,
    volume: bars.volume[index]!,
  }));
}

/** The same bars without a number in every column of some of them. */
export function withHoles(bars: Bars, isHole: (index: number) => boolean): Bars {
  const punch = (values: Float64Array) => values.map((value, index) => (isHole(index) ? Number.NaN : value));
  const { open, high, low, close, volume } = bars;
  return { ...bars, open: punch(open), high: punch(high), low: punch(low), close: punch(close), volume: punch(volume) };
}
