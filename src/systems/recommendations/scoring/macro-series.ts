import { addDays, daysBetween, type IsoDate } from "../../../kit/dates.ts";
import type { Point } from "../facts.ts";

/** Age in days up to which a series is fresh; stale up to twice that, then it is not used. */
export const MACRO_MAX_AGE_DAYS = { usd: 10, cer: 10, inflation: 75, countryRisk: 7 } as const;

export type MacroSeriesName = keyof typeof MACRO_MAX_AGE_DAYS;

/** What one series says on a date. */
export interface MacroReading {
  status: "fresh" | "stale" | "missing";
  value: number | null;
  date: IsoDate | null;
  /** Percent against the value 30 days earlier; null when no point is near enough to that day. */
  changePercent: number | null;
  /** Difference to the point before; null when there is none or it is more than two months older. */
  stepChange: number | null;
}

const MISSING: MacroReading = { status: "missing", value: null, date: null, changePercent: null, stepChange: null };
const CHANGE_DAYS = 30;

/** Reads a series (oldest first) as it was known on `asOf`; later points, such as CER published ahead, are not seen. */
export function readMacroSeries(name: MacroSeriesName, points: readonly Point[], asOf: IsoDate): MacroReading {
  const known = points.filter((point) => point.date <= asOf);
  const latest = known.at(-1);
  if (!latest) return MISSING;
  const ageDays = daysBetween(latest.date, asOf);
  const maxAgeDays = MACRO_MAX_AGE_DAYS[name];
  if (ageDays > 2 * maxAgeDays) return { ...MISSING, date: latest.date };
  return {
    status: ageDays > maxAgeDays ? "stale" : "fresh",
    value: latest.value,
    date: latest.date,
    changePercent: changeSince(known, latest, maxAgeDays),
    stepChange: stepOf(known.at(-2), latest),
  };
}

/** The base is the last point on or before the day 30 days back, and at most `slackDays` older than that day. */
function changeSince(known: readonly Point[], latest: Point, slackDays: number): number | null {
  const day = addDays(latest.date, -CHANGE_DAYS);
  const base = known.findLast((point) => point.date <= day);
  if (!base || base.value <= 0 || daysBetween(base.date, day) > slackDays) return null;
  return (latest.value / base.value - 1) * 100;
}

function stepOf(before: Point | undefined, latest: Point): number | null {
  if (!before || daysBetween(before.date, latest.date) > 2 * CHANGE_DAYS + 2) return null;
  return latest.value - before.value;
}
