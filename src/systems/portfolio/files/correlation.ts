import { type CloseSeries, equalDays } from "./close-series.ts";

export interface CorrelatedPair {
  symbols: [string, string];
  /** Pearson's r of the returns from one common date to the next, -1 to 1. */
  correlation: number;
  common_dates: number;
}

export interface Correlations {
  /** Symbols that were compared with each other. */
  symbols_compared: number;
  pairs_compared: number;
  /** Mean of r over all compared pairs; null without any. */
  mean_correlation: number | null;
  /** How many pairs move together. */
  pairs_above: number;
  /** The closest of them, closest first. */
  closest_pairs: CorrelatedPair[];
}

/** Fewer common dates make r a matter of luck. */
const MIN_COMMON_DATES = 60;
/** Above it two assets are nearly one. */
const HIGH_CORRELATION = 0.8;
/** Pairs grow with the square of the symbols: 780 for forty. */
const MAX_SYMBOLS = 40;
const MAX_PAIRS_LISTED = 10;

/** Compares the first 40 of `series` (largest positions first) pair by pair, each over the dates that both have. */
export function computeCorrelations(series: readonly CloseSeries[]): Correlations {
  const compared = series.slice(0, MAX_SYMBOLS);
  const unitReturns = alignReturns(compared);
  const above: CorrelatedPair[] = [];
  let pairs = 0;
  let total = 0;
  for (let left = 0; left < compared.length; left++)
    for (let right = left + 1; right < compared.length; right++) {
      const one = unitReturns(left, right);
      const other = unitReturns(right, left);
      if (one === null || other === null) continue;
      const correlation = Math.max(-1, Math.min(1, dotProduct(one, other)));
      pairs++;
      total += correlation;
      if (correlation > HIGH_CORRELATION)
        above.push({
          symbols: [compared[left]!.symbol, compared[right]!.symbol],
          correlation,
          common_dates: one.length + 1,
        });
    }
  above.sort((one, other) => other.correlation - one.correlation);
  return {
    symbols_compared: compared.length,
    pairs_compared: pairs,
    mean_correlation: pairs === 0 ? null : total / pairs,
    pairs_above: above.length,
    closest_pairs: above.slice(0, MAX_PAIRS_LISTED),
  };
}

/**
 * Gives the returns of one series on the dates that it shares with another, as a vector of mean 0 and length 1: then r of
 * two series is the product of two such vectors. Most assets of a portfolio have one of two calendars, so nearly
 * everything is computed once a series. Null below 60 common dates, or when the price never moved.
 */
function alignReturns(series: readonly CloseSeries[]): (of: number, sharedWith: number) => Float64Array | null {
  const calendars: Int32Array[] = [];
  const calendarOf = series.map(({ days }) => {
    const known = calendars.findIndex((calendar) => equalDays(calendar, days));
    return known >= 0 ? known : calendars.push(days) - 1;
  });
  const known = new Map<number, Float64Array | null>();
  return (of, sharedWith) => {
    const key = of * MAX_SYMBOLS + calendarOf[sharedWith]!;
    let unit = known.get(key);
    if (unit === undefined) {
      unit = loadUnitReturns(series[of]!, calendars[calendarOf[sharedWith]!]!);
      known.set(key, unit);
    }
    return unit;
  };
}

/** By the closes and the other calendar, both of which a cycle's users share; equal days give equal returns. */
const knownReturns = new WeakMap<Float64Array, WeakMap<Int32Array, { unit: Float64Array | null }>>();

function loadUnitReturns(series: CloseSeries, calendar: Int32Array): Float64Array | null {
  let byCalendar = knownReturns.get(series.values);
  if (!byCalendar) {
    byCalendar = new WeakMap();
    knownReturns.set(series.values, byCalendar);
  }
  let known = byCalendar.get(calendar);
  if (!known) {
    known = { unit: computeUnitReturns(series, calendar) };
    byCalendar.set(calendar, known);
  }
  return known.unit;
}

function computeUnitReturns({ days, values }: CloseSeries, calendar: Int32Array): Float64Array | null {
  const returns = new Float64Array(days.length);
  let count = -1;
  let before = 0;
  let total = 0;
  for (let index = 0, other = 0; index < days.length && other < calendar.length; ) {
    const difference = days[index]! - calendar[other]!;
    if (difference > 0) other++;
    else if (difference < 0) index++;
    else {
      if (count >= 0) total += returns[count] = values[index]! / before - 1;
      before = values[index]!;
      count++;
      index++;
      other++;
    }
  }
  if (count + 1 < MIN_COMMON_DATES) return null;
  const unit = returns.subarray(0, count);
  const mean = total / count;
  let squares = 0;
  for (let index = 0; index < count; index++) {
    const deviation = unit[index]! - mean;
    unit[index] = deviation;
    squares += deviation * deviation;
  }
  const length = Math.sqrt(squares);
  // A price that never moved, or always by the same share, leaves nothing but binary noise.
  if (!(length > 1e-12 * count) || length === Infinity) return null;
  for (let index = 0; index < count; index++) unit[index]! /= length;
  return unit;
}

function dotProduct(left: Float64Array, right: Float64Array): number {
  let product = 0;
  for (let index = 0; index < left.length; index++) product += left[index]! * right[index]!;
  return product;
}
