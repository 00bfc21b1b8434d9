/**
 * Indicators at the last two bars only, as plain loops over the columns: a quarter of the time of the whole series. Each
 * equals the function of `src/market/indicators` that it names, bit for bit (a property test holds them together); NaN where
 * that has none. Every function needs more bars than its warm-up, as the radars have.
 */
export interface LastTwo {
  last: number;
  previous: number;
}

/** `computeEma`. */
export function lastTwoOfEma(values: Float64Array, period: number): LastTwo {
  const weight = 2 / (period + 1);
  let last = seedOf(values, 0, period);
  let previous = Number.NaN;
  for (let index = period; index < values.length; index++) {
    previous = last;
    last += weight * (values[index]! - last);
  }
  return { last, previous };
}

/** `computeRsi` of 14 bars. */
export function lastTwoOfRsi(close: Float64Array): LastTwo {
  const weight = 1 / WILDER_BARS;
  const firstChange = close[1]! - close[0]!;
  const firstGain = (firstChange + Math.abs(firstChange)) / 2;
  const firstLoss = firstGain - firstChange;
  let gains = 0;
  let losses = 0;
  let last = Number.NaN;
  let previous = Number.NaN;
  for (let index = 1; index < close.length; index++) {
    const change = close[index]! - close[index - 1]!;
    const gain = (change + Math.abs(change)) / 2;
    if (index <= WILDER_BARS) {
      gains += gain - firstGain;
      losses += gain - change - firstLoss;
      if (index < WILDER_BARS) continue;
      gains = firstGain + gains / WILDER_BARS;
      losses = firstLoss + losses / WILDER_BARS;
    } else {
      gains += weight * (gain - gains);
      losses += weight * (gain - change - losses);
    }
    const moved = gains + losses;
    previous = last;
    last = moved === 0 ? 0 : 100 * (gains / moved);
  }
  return { last, previous };
}

/** `computeMacd(close).histogram` of 12, 26 and 9 bars. */
export function lastTwoOfHistogram(close: Float64Array): LastTwo {
  const [fastWeight, slowWeight, signalWeight] = [2 / 13, 2 / 27, 2 / 10];
  let slow = seedOf(close, 0, 26);
  let fast = seedOf(close, 14, 26);
  const firstLine = fast - slow;
  let signal = 0;
  let last = Number.NaN;
  let previous = Number.NaN;
  for (let index = 25; index < close.length; index++) {
    if (index > 25) {
      slow += slowWeight * (close[index]! - slow);
      fast += fastWeight * (close[index]! - fast);
    }
    const line = fast - slow;
    if (index <= 33) {
      signal += line - firstLine;
      if (index < 33) continue;
      signal = firstLine + signal / 9;
    } else signal += signalWeight * (line - signal);
    previous = last;
    last = line - signal;
  }
  return { last, previous };
}

/** `computeAdx` of 14 bars. */
export function lastTwoOfAdx(high: Float64Array, low: Float64Array, close: Float64Array): LastTwo {
  const weight = 1 / WILDER_BARS;
  let plus = 0;
  let minus = 0;
  let range = 0;
  let first = 0;
  let last = 0;
  let previous = Number.NaN;
  for (let index = 1; index < close.length; index++) {
    const before = close[index - 1]!;
    const up = high[index]! - high[index - 1]!;
    const down = low[index - 1]! - low[index]!;
    const kept = index < WILDER_BARS ? 1 : 1 - weight;
    const fromClose = Math.max(Math.abs(high[index]! - before), Math.abs(low[index]! - before));
    plus = plus * kept + (up > down && up > 0 ? up : 0);
    minus = minus * kept + (down > up && down > 0 ? down : 0);
    range = range * kept + Math.max(high[index]! - low[index]!, fromClose);
    if (index < WILDER_BARS) continue;
    const plusIndex = 100 * (plus / range);
    const minusIndex = 100 * (minus / range);
    const sum = plusIndex + minusIndex;
    const undefinedHere = range === 0 || sum === 0;
    const dx = undefinedHere ? 0 : 100 * (Math.abs(plusIndex - minusIndex) / sum);
    if (index === WILDER_BARS) first = dx;
    if (index < 2 * WILDER_BARS) {
      last += dx - first;
      if (index === 2 * WILDER_BARS - 1) last = first + last / WILDER_BARS;
      continue;
    }
    previous = last;
    if (!undefinedHere) last += weight * (dx - last);
  }
  return { last, previous };
}

/** Bars of the RSI and the ADX. */
const WILDER_BARS = 14;

/** Plain mean of the values from `start` up to `end`, taken around the first one as `createSeededMean` does. */
function seedOf(values: Float64Array, start: number, end: number): number {
  const first = values[start]!;
  let sum = 0;
  for (let index = start; index < end; index++) sum += values[index]! - first;
  return first + sum / (end - start);
}
