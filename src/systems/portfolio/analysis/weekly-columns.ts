import { addDays, type IsoDate } from "../../../kit/dates.ts";
import type { Bars } from "../../../market/bars.ts";
import { mondayOf } from "../../../market/session.ts";

/** Daily columns as weekly ones dated by their Monday: first open, highest high, lowest low, last close, sum of volumes. */
export function computeWeeklyColumns(daily: Bars): Bars {
  const { mondays, starts } = findWeeks(daily.date);
  const weekly = {
    length: starts.length,
    date: mondays,
    open: new Float64Array(starts.length),
    high: new Float64Array(starts.length),
    low: new Float64Array(starts.length),
    close: new Float64Array(starts.length),
    adjClose: new Float64Array(starts.length),
    volume: new Float64Array(starts.length),
  };
  for (let week = 0; week < starts.length; week++) {
    const start = starts[week]!;
    const end = starts[week + 1] ?? daily.length;
    weekly.open[week] = daily.open[start]!;
    weekly.close[week] = daily.close[end - 1]!;
    weekly.adjClose[week] = daily.adjClose[end - 1]!;
    let high = daily.high[start]!;
    let low = daily.low[start]!;
    let volume = 0;
    for (let day = start; day < end; day++) {
      high = Math.max(high, daily.high[day]!);
      low = Math.min(low, daily.low[day]!);
      volume += daily.volume[day]!;
    }
    weekly.high[week] = high;
    weekly.low[week] = low;
    weekly.volume[week] = volume;
  }
  return weekly;
}

/** The calendar weeks that have a day: their Mondays, and the index of their first day. */
function findWeeks(dates: readonly IsoDate[]): { mondays: IsoDate[]; starts: number[] } {
  const mondays: IsoDate[] = [];
  const starts: number[] = [];
  let nextMonday = dates[0] === undefined ? "" : mondayOf(dates[0]);
  for (let index = 0; index < dates.length; index++) {
    let monday: IsoDate | undefined;
    // One step from week to week is cheaper than asking every day for its Monday.
    while (dates[index]! >= nextMonday) {
      monday = nextMonday;
      nextMonday = addDays(nextMonday, 7);
    }
    if (monday === undefined) continue;
    mondays.push(monday);
    starts.push(index);
  }
  return { mondays, starts };
}
