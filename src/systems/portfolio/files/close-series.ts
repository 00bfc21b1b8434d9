import type { IsoDate } from "../../../kit/dates.ts";
import type { ReportAsset } from "./user-report.ts";

/** Closes of one asset by sortable day numbers, oldest first; days without a usable price are left out. */
export interface CloseSeries {
  symbol: string;
  days: Int32Array;
  dates: readonly IsoDate[];
  values: Float64Array;
}

type Closes = NonNullable<ReportAsset["closes"]>;
type Days = Omit<CloseSeries, "symbol">;

/** A cycle hands the same closes to every user who holds the symbol. */
const knownDays = new WeakMap<Closes, Days>();
/**
 * Stocks share one calendar and coins another: equal days are one object, so that comparing them costs nothing. This is for
 * speed alone: which days are kept depends on who was read before, so nothing may depend on two being the same object.
 */
const calendars: Int32Array[] = [];
const MAX_CALENDARS = 32;

/** The closes of an analysed asset; null when it has none. Prices that are not above zero are no prices. */
export function closeSeries({ symbol, closes }: ReportAsset): CloseSeries | null {
  if (!closes) return null;
  let days = knownDays.get(closes);
  if (!days) {
    days = readDays(closes);
    knownDays.set(closes, days);
  }
  return days.days.length === 0 ? null : { symbol, ...days };
}

function readDays(closes: Closes): Days {
  const length = Math.min(closes.dates.length, closes.values.length);
  const days = new Int32Array(length);
  const values = new Float64Array(length);
  const dates: IsoDate[] = [];
  let count = 0;
  for (let index = 0; index < length; index++) {
    const value = closes.values[index]!;
    if (!(value > 0 && value < Infinity)) continue;
    days[count] = dayNumber(closes.dates[index]!);
    values[count++] = value;
    dates.push(closes.dates[index]!);
  }
  return { days: shareCalendar(days.subarray(0, count)), dates, values: values.subarray(0, count) };
}

function shareCalendar(days: Int32Array): Int32Array {
  const known = calendars.find((calendar) => equalDays(calendar, days));
  if (known) return known;
  if (calendars.length >= MAX_CALENDARS) calendars.shift();
  calendars.push(days);
  return days;
}

export function equalDays(left: Int32Array, right: Int32Array): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}

/** `2022-01-07` → 20220107: comparing numbers is quicker than comparing texts. */
function dayNumber(date: IsoDate): number {
  let number = 0;
  for (let index = 0; index < 10; index++) {
    const digit = date.charCodeAt(index) - 48;
    if (digit >= 0) number = number * 10 + digit;
  }
  return number;
}
