import type { Bars } from "../../../market/bars.ts";
import {
  computeAdx,
  computeAtr,
  computeBollinger,
  computeEma,
  computeMacd,
  computeObv,
  computeRsi,
  computeSma,
  computeStochastic,
} from "../../../market/indicators/index.ts";

/** All that is read of one series, at its last bar unless the name says otherwise; NaN where an indicator is missing. */
export interface Readings {
  close: number;
  closePrevious: number;
  /** Mean of the last ten, as the next one; fewer where there are fewer. */
  closeMean: number;
  volume: number;
  volumeMean: number;
  ema12: number;
  ema26: number;
  ema50: number;
  ema200: number;
  rsi: number;
  rsiMean: number;
  macd: number;
  histogram: number;
  histogramPrevious: number;
  adx: number;
  obv: number;
  /** Mean of the last five. */
  obvMean: number;
  atr: number;
  lowerBand: number;
  lowerBandPrevious: number;
  upperBand: number;
  upperBandPrevious: number;
  stochasticK: number;
}

const BAND_BARS = 20;
/** Stochastic (14, 3, 3): first value at the 18th bar. */
const STOCHASTIC_BARS = 18;
const VOLUME_BARS = 20;
const DIVERGENCE_BARS = 10;
const OBV_BARS = 5;

/** Runs the indicators of portfolio.md 4.1 over `bars` (at least one, all finite) and keeps the last values. */
export function computeReadings({ high, low, close, volume, length }: Bars): Readings {
  const tail = (values: Float64Array, count: number) => values.subarray(Math.max(0, length - count));
  const macd = computeMacd(close);
  const rsi = computeRsi(close);
  const obv = computeObv(close, volume);
  // The bands of the last two bars, and what follows, see no bar further back.
  const bands = computeBollinger(tail(close, BAND_BARS + 1));
  const stochastic = computeStochastic(
    tail(high, STOCHASTIC_BARS),
    tail(low, STOCHASTIC_BARS),
    tail(close, STOCHASTIC_BARS),
  );
  return {
    close: last(close),
    closePrevious: previous(close),
    closeMean: computeMean(tail(close, DIVERGENCE_BARS)),
    volume: last(volume),
    volumeMean: last(computeSma(tail(volume, VOLUME_BARS), VOLUME_BARS)),
    ema12: last(computeEma(close, 12)),
    ema26: last(computeEma(close, 26)),
    ema50: last(computeEma(close, 50)),
    ema200: last(computeEma(close, 200)),
    rsi: last(rsi),
    rsiMean: computeMean(tail(rsi, DIVERGENCE_BARS)),
    macd: last(macd.line),
    histogram: last(macd.histogram),
    histogramPrevious: previous(macd.histogram),
    adx: last(computeAdx(high, low, close)),
    obv: last(obv),
    obvMean: computeMean(tail(obv, OBV_BARS)),
    atr: last(computeAtr(high, low, close)),
    lowerBand: last(bands.lower),
    lowerBandPrevious: previous(bands.lower),
    upperBand: last(bands.upper),
    upperBandPrevious: previous(bands.upper),
    stochasticK: last(stochastic.k),
  };
}

const last = (values: Float64Array): number => finite(values[values.length - 1]);
const previous = (values: Float64Array): number => finite(values[values.length - 2]);

/** Prices near the largest number overflow on the way: such a value is missing, not infinite. */
const finite = (value: number | undefined): number => (Number.isFinite(value) ? value! : Number.NaN);

/** Mean of the values that exist, so an indicator that has just warmed up has one. */
function computeMean(values: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return finite(sum / count);
}
