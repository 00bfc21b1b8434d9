/** The ten reported indicators at one bar; NaN where there are not enough bars or the value is 0/0. */
export interface Indicators {
  rsi: number;
  macd: number;
  macd_signal: number;
  macd_histogram: number;
  sma_20: number;
  sma_50: number;
  sma_200: number;
  bollinger_upper: number;
  bollinger_lower: number;
  volume_sma: number;
}

export type IndicatorName = keyof Indicators;
export type IndicatorSeries = Record<IndicatorName | "bollinger_middle" | "ema_20" | "ema_50", Float64Array>;

export const INDICATOR_NAMES: readonly IndicatorName[] = [
  "rsi",
  "macd",
  "macd_signal",
  "macd_histogram",
  "sma_20",
  "sma_50",
  "sma_200",
  "bollinger_upper",
  "bollinger_lower",
  "volume_sma",
];

/**
 * Indicators at the last bar, with the windows and seeds of the original scoring (plain-mean RSI, normalised-weight EMA,
 * sample deviation). `prices` are adjusted closes, oldest first; `volumes` has the same length.
 */
export function computeIndicators(prices: Float64Array, volumes: Float64Array): Indicators {
  const end = prices.length;
  const [macd, signal] = lastMacd(prices);
  const middle = meanOfLast(prices, end, 20);
  const width = 2 * sampleDeviationOfLast(prices, end, 20);
  return {
    rsi: rsiAt(prices, end),
    macd,
    macd_signal: signal,
    macd_histogram: macd - signal,
    sma_20: middle,
    sma_50: meanOfLast(prices, end, 50),
    sma_200: meanOfLast(prices, end, 200),
    bollinger_upper: middle + width,
    bollinger_lower: middle - width,
    volume_sma: meanOfLast(volumes, end, 20),
  };
}

/** The same indicators at every bar. Equal, bit for bit, to `computeIndicators` of each prefix. */
export function computeIndicatorSeries(prices: Float64Array, volumes: Float64Array): IndicatorSeries {
  const at = (compute: (end: number) => number) => Float64Array.from(prices, (_, index) => compute(index + 1));
  const middle = at((end) => meanOfLast(prices, end, 20));
  const width = at((end) => 2 * sampleDeviationOfLast(prices, end, 20));
  const [slow, fast] = [emaSeries(prices, 26), emaSeries(prices, 12)];
  const macd = fast.map((value, index) => value - slow[index]!);
  const signal = emaSeries(macd, 9);
  return {
    rsi: at((end) => rsiAt(prices, end)),
    macd,
    macd_signal: signal,
    macd_histogram: macd.map((value, index) => value - signal[index]!),
    sma_20: middle,
    sma_50: at((end) => meanOfLast(prices, end, 50)),
    sma_200: at((end) => meanOfLast(prices, end, 200)),
    bollinger_middle: middle,
    bollinger_upper: middle.map((value, index) => value + width[index]!),
    bollinger_lower: middle.map((value, index) => value - width[index]!),
    ema_20: emaSeries(prices, 20),
    ema_50: emaSeries(prices, 50),
    volume_sma: at((end) => meanOfLast(volumes, end, 20)),
  };
}

/** Plain-mean RSI(14) of the bars before `end`; the change at bar 0 counts as 0. NaN without any movement. */
function rsiAt(prices: Float64Array, end: number, length = 14): number {
  if (end < length) return Number.NaN;
  let gains = 0;
  let losses = 0;
  for (let index = Math.max(1, end - length); index < end; index++) {
    const change = prices[index]! - prices[index - 1]!;
    if (change > 0) gains += change;
    else losses -= change;
  }
  return 100 - 100 / (1 + gains / losses);
}

function lastMacd(prices: Float64Array): [macd: number, signal: number] {
  const [fast, slow, signal] = [createEma(12), createEma(26), createEma(9)];
  let macd = Number.NaN;
  let signalValue = Number.NaN;
  for (const price of prices) {
    macd = fast(price) - slow(price);
    signalValue = signal(macd);
  }
  return [macd, signalValue];
}

function emaSeries(values: Float64Array, span: number): Float64Array {
  return values.map(createEma(span));
}

/**
 * Exponential mean with normalised weights `k^age`, `k = 1 - 2/(span + 1)`: the mean of what was seen, so that early values
 * differ from the recursive form. Kept as a mean and its weight, so that a constant input gives exactly that constant.
 */
function createEma(span: number): (value: number) => number {
  const decay = 1 - 2 / (span + 1);
  let mean = 0;
  let weight = 0;
  return (value) => {
    weight = weight * decay + 1;
    mean += (value - mean) / weight;
    return mean;
  };
}

/** Mean of the `length` values before `end`, taken around the last one so that a flat window gives exactly its value. */
function meanOfLast(values: Float64Array, end: number, length: number): number {
  if (end < length) return Number.NaN;
  const anchor = values[end - 1]!;
  let sum = 0;
  for (let index = end - length; index < end; index++) sum += values[index]! - anchor;
  return anchor + sum / length;
}

function sampleDeviationOfLast(values: Float64Array, end: number, length: number): number {
  const mean = meanOfLast(values, end, length);
  if (Number.isNaN(mean)) return Number.NaN;
  let squares = 0;
  for (let index = end - length; index < end; index++) squares += (values[index]! - mean) ** 2;
  return Math.sqrt(squares / (length - 1));
}
