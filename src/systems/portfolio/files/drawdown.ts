import type { IsoDate } from "../../../kit/dates.ts";
import { type CloseSeries, equalDays } from "./close-series.ts";
import type { PositionRow } from "./positions.ts";

/** The largest fall from a peak within a window. */
export interface Fall {
  /** (lowest ÷ peak before it − 1) × 100; 0 where nothing ever fell. */
  fall_percent: number;
  /** Null where nothing ever fell. */
  peak_date: IsoDate | null;
  trough_date: IsoDate | null;
}

export interface AssetFall extends Fall {
  symbol: string;
}

/** Of what is held in one currency, with today's quantities all the way back. */
export interface PortfolioFall extends Fall {
  currency: string | null;
  /** Days on which every counted position has a price. */
  common_dates: number;
  first_date: IsoDate;
  last_date: IsoDate;
  positions: number;
  /** Positions with a value that have no closes, or are sold short. */
  positions_left_out: number;
}

/** The fewest bars that an analysis accepts (portfolio.md 3.1): fewer say nothing about a fall. */
export const MIN_FALL_DATES = 20;

/** By the closes, which all users of a cycle share. */
const knownFalls = new WeakMap<Float64Array, Fall>();

/** `computeFall` of an asset's closes, computed once for all who hold it. */
export function assetFall({ values, dates }: CloseSeries): Fall {
  let fall = knownFalls.get(values);
  if (!fall) {
    fall = computeFall(values, dates);
    knownFalls.set(values, fall);
  }
  return fall;
}

/** min over t of `value[t] ÷ max(value[0..t]) − 1`. */
export function computeFall(values: ArrayLike<number>, dates: ArrayLike<IsoDate>): Fall {
  let peak = 0;
  let worst = 0;
  let worstPeak = 0;
  let worstTrough = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[peak]!) peak = index;
    const fall = values[index]! / values[peak]! - 1;
    if (fall >= worst) continue;
    worst = fall;
    worstPeak = peak;
    worstTrough = index;
  }
  if (worst === 0) return { fall_percent: 0, peak_date: null, trough_date: null };
  return { fall_percent: worst * 100, peak_date: dates[worstPeak]!, trough_date: dates[worstTrough]! };
}

/**
 * The fall of Σ quantity × close over the days common to all positions of one currency; null below 20 such days.
 * `rows` have values in that currency.
 */
export function computePortfolioFall(
  currency: string | null,
  rows: readonly PositionRow[],
  series: ReadonlyMap<string, CloseSeries>,
): PortfolioFall | null {
  const counted = rows.filter(({ symbol, quantity }) => quantity! > 0 && series.has(symbol));
  if (counted.length === 0) return null;
  const common = sumOverCommonDays(counted, series);
  if (common.values.length < MIN_FALL_DATES || !common.values.every(Number.isFinite)) return null;
  return {
    currency,
    ...computeFall(common.values, common.dates),
    common_dates: common.values.length,
    first_date: common.dates[0]!,
    last_date: common.dates.at(-1)!,
    positions: counted.length,
    positions_left_out: rows.filter(({ quantity }) => quantity !== 0).length - counted.length,
  };
}

type Total = Omit<CloseSeries, "symbol">;

/**
 * First within each calendar, where days need no matching, then over the few calendars. Equal days are one calendar whether
 * or not they are one object: the order of the additions, and so the last bit, depends on nothing but the positions.
 */
function sumOverCommonDays(rows: readonly PositionRow[], series: ReadonlyMap<string, CloseSeries>): Total {
  const totals: Total[] = [];
  for (const { symbol, quantity } of rows) {
    const { days, dates, values } = series.get(symbol)!;
    let total = totals.find((one) => equalDays(one.days, days));
    if (!total) {
      total = { days, dates, values: new Float64Array(values.length) };
      totals.push(total);
    }
    for (let index = 0; index < values.length; index++) total.values[index]! += values[index]! * quantity!;
  }
  return totals.reduce(added);
}

/** The sum over the days that both have. */
function added(left: Total, right: Total): Total {
  const kept: number[] = [];
  const sums: number[] = [];
  for (let index = 0, other = 0; index < left.days.length && other < right.days.length; ) {
    const difference = left.days[index]! - right.days[other]!;
    if (difference === 0) {
      sums.push(left.values[index]! + right.values[other++]!);
      kept.push(index++);
    } else if (difference < 0) index++;
    else other++;
  }
  return {
    days: Int32Array.from(kept, (index) => left.days[index]!),
    dates: kept.map((index) => left.dates[index]!),
    values: Float64Array.from(sums),
  };
}
