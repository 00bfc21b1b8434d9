import type { IsoDate } from "../../../kit/dates.ts";
import type { Bars } from "../../../market/bars.ts";
import { computeBollinger, computeEma, computeSma } from "../../../market/indicators/index.ts";

/** What a chart shows, bar by bar; averages are NaN while they warm up. */
export interface ChartSeries {
  length: number;
  date: IsoDate[];
  open: Float64Array;
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  volume: Float64Array;
  averages: ChartAverage[];
  band: { lower: Float64Array; upper: Float64Array };
}

export interface ChartAverage {
  label: string;
  /** Name of its colour in the style sheet. */
  style: string;
  values: Float64Array;
}

/** No price is beyond it, and what squares and sums prices stays finite below it. */
const LARGEST_PRICE = 1e100;

/**
 * The bars from `from` on, with averages that have seen the earlier ones. A bar without a close is left out; one without
 * open, high or low is as good as its close.
 */
export function selectChartSeries(bars: Bars, from: IsoDate = ""): ChartSeries {
  const kept = bars.date
    .keys()
    .filter((index) => isPrice(bars.close[index]!))
    .toArray();
  const close = Float64Array.from(kept, (index) => bars.close[index]!);
  const start = kept.findIndex((index) => bars.date[index]! >= from);
  const seen = start < 0 ? [] : kept.slice(start);
  const cut = (values: Float64Array) => values.subarray(kept.length - seen.length);
  const { lower, upper } = computeBollinger(close);
  const priceOr = (price: number, index: number) => (isPrice(price) ? price : bars.close[index]!);
  const open = Float64Array.from(seen, (index) => priceOr(bars.open[index]!, index));
  const highs = (index: number) => [
    bars.close[index]!,
    priceOr(bars.high[index]!, index),
    priceOr(bars.open[index]!, index),
  ];
  const lows = (index: number) => [
    bars.close[index]!,
    priceOr(bars.low[index]!, index),
    priceOr(bars.open[index]!, index),
  ];
  return {
    length: seen.length,
    date: seen.map((index) => bars.date[index]!),
    open,
    high: Float64Array.from(seen, (index) => Math.max(...highs(index))),
    low: Float64Array.from(seen, (index) => Math.min(...lows(index))),
    close: cut(close),
    volume: Float64Array.from(seen, (index) =>
      bars.volume[index]! > 0 && isPrice(bars.volume[index]!) ? bars.volume[index]! : 0,
    ),
    averages: [
      { label: "Media 20", style: "short", values: cut(computeSma(close, 20)) },
      { label: "EMA 50", style: "middle", values: cut(computeEma(close, 50)) },
      { label: "EMA 200", style: "long", values: cut(computeEma(close, 200)) },
    ],
    band: { lower: cut(lower), upper: cut(upper) },
  };
}

const isPrice = (value: number): boolean => Math.abs(value) < LARGEST_PRICE;
