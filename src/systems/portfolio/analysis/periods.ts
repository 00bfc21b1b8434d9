import type { AnalysisPeriod } from "../../../db/schema/portfolio.ts";
import { addDays, daysBetween, type IsoDate } from "../../../kit/dates.ts";
import { type Bars, countBefore, type Interval, sliceBars } from "../../../market/bars.ts";
import { mondayOf } from "../../../market/session.ts";
import { computeWeeklyColumns } from "./weekly-columns.ts";

export interface Window {
  /** Last date seen; nothing after it belongs to the window. */
  asOf: IsoDate;
  period: AnalysisPeriod;
  interval: Interval;
}

/**
 * The part of a history that one analysis sees (portfolio.md 3.1). Daily: bars after `asOf - period` up to `asOf`, as views.
 * Weekly: days from `asOf - period` on, grouped by Monday, where the first and the last week may be partial; bars that are
 * weekly already are only cut. `bars` oldest first, whole days or weeks.
 */
export function selectWindow(bars: Bars, { asOf, period, interval }: Window): Bars {
  const start = windowStart(asOf, period);
  const end = countBefore(bars.date, addDays(asOf, 1));
  if (interval === "1d") return sliceBars(bars, Math.min(countBefore(bars.date, addDays(start, 1)), end), end);
  if (!isWeekly(bars)) return computeWeeklyColumns(sliceBars(bars, Math.min(countBefore(bars.date, start), end), end));
  // A week belongs to the window when one of its days does.
  return sliceBars(bars, Math.min(countBefore(bars.date, mondayOf(start)), end), end);
}

const MONTHS: Readonly<Record<AnalysisPeriod, number>> = { "1mo": 1, "3mo": 3, "6mo": 6, "1y": 12, "2y": 24 };

/** `asOf` minus a calendar period; a day that the month lacks becomes its last one, like pandas' `DateOffset`. */
export function windowStart(asOf: IsoDate, period: AnalysisPeriod): IsoDate {
  const months = Number(asOf.slice(0, 4)) * 12 + Number(asOf.slice(5, 7)) - 1 - MONTHS[period];
  const year = Math.floor(months / 12);
  const month = (months % 12) + 1;
  const day = Math.min(Number(asOf.slice(8, 10)), new Date(Date.UTC(year, month, 0)).getUTCDate());
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** What may stand in for a period when the listing is younger, longest first (portfolio.md 3.2). */
const STAND_INS: Readonly<Record<AnalysisPeriod, readonly [AnalysisPeriod, ...AnalysisPeriod[]]>> = {
  "1mo": ["1mo"],
  "3mo": ["3mo"],
  "6mo": ["6mo"],
  "1y": ["1y", "6mo", "3mo"],
  "2y": ["2y", "1y", "6mo"],
};

/** Good Friday to Easter Monday: the longest ordinary time without a session. */
const LONGEST_WEEKEND_DAYS = 4;
/** A suspended listing older than the window still fills it. */
const LONGEST_SUSPENSION_DAYS = 21;

export interface PeriodUse {
  asOf: IsoDate;
  period: AnalysisPeriod;
  /** First bar of the window or of the series. */
  firstBar: IsoDate;
  /** First date that the source has, null where it does not say. */
  sourceFirst: IsoDate | null;
}

/** The longest period of those allowed that the series reaches back to; the shortest one when it reaches none. */
export function choosePeriodUsed({ asOf, period, firstBar, sourceFirst }: PeriodUse): AnalysisPeriod {
  const filled = STAND_INS[period].find((candidate) => {
    const start = windowStart(asOf, candidate);
    const isListedBefore = sourceFirst !== null && sourceFirst <= start;
    // The first bar can be of the day after the start at best.
    return daysBetween(start, firstBar) <= 1 + (isListedBefore ? LONGEST_SUSPENSION_DAYS : LONGEST_WEEKEND_DAYS);
  });
  return filled ?? STAND_INS[period].at(-1)!;
}

/** Older than this, in days, than the expected session: the source lags behind (portfolio.md 3.2). */
const CURRENT_DAYS = 2;

/** Whether a daily series ends too long before the expected last trading date. */
export const isStale = (lastBarDate: IsoDate, expectedDate: IsoDate): boolean =>
  daysBetween(lastBarDate, expectedDate) > CURRENT_DAYS;

/** Days of a market include others than Mondays, so the search ends at once. */
const isWeekly = ({ date }: Bars): boolean => date.every((day) => mondayOf(day) === day);
