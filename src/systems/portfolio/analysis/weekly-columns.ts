import { addDays, type IsoDate } from "../../../kit/dates.ts";
import type { Bars } from "../../../market/bars.ts";
import { mondayOf } from "../../../market/session.ts";

/** Daily columns as weekly ones dated by their Monday: first open, highest high, lowest low, last close, sum of volumes. */
export function computeWeeklyColumns(daily: Bars): Bars {
  const starts = findWeeks(daily.date);
  const weekly = {
    length: starts.length,
    date: starts.map((start) => mondayOf(daily.date[start]!)),
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

/** Where each calendar week begins. */
function findWeeks(dates: readonly IsoDate[]): number[] {
  const starts: number[] = [];
  let nextMonday = "";
  for (let index = 0; index < dates.length; index++) {
    const date = dates[index]!;
    if (date < nextMonday) continue;
    starts.push(index);
    nextMonday = addDays(mondayOf(date), 7);
  }
  return starts;
}
