import type { Bar } from "./bars.ts";
import { mondayOf } from "./session.ts";

/** Daily bars as weekly ones, dated by their Monday; input and output oldest first. */
export function computeWeeklyBars(daily: readonly Bar[]): Bar[] {
  const weeks: Bar[] = [];
  for (const bar of daily) {
    const monday = mondayOf(bar.date);
    const week = weeks.at(-1);
    if (week?.date !== monday) weeks.push({ ...bar, date: monday });
    else mergeInto(week, bar);
  }
  return weeks;
}

function mergeInto(week: Bar, bar: Bar): void {
  week.high = Math.max(week.high, bar.high);
  week.low = Math.min(week.low, bar.low);
  week.close = bar.close;
  week.adjClose = bar.adjClose;
  week.volume += bar.volume;
}
