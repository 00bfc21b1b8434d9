import type { Settings } from "../../settings.ts";

/** When the day is analysed: the first of the three settings that is set, as five cron fields. */
export function dailyCron(settings: Settings): string {
  return settings.dailyAnalysisCron ?? settings.weekdayAnalysisCron ?? `0 ${settings.dailyAnalysisHour} * * *`;
}

/** Ways to write "every" in a field of a cron expression: day of month, month, day of week. */
const EVERY = /^(\*|\?|\*\/1|1-31|1-12|0-6|0-7|1-7)$/;

/** Whether the schedule leaves out no day: what counts as stale or overdue depends on it. */
export function runsEveryDay(settings: Settings): boolean {
  return dailyCron(settings)
    .trim()
    .split(/\s+/)
    .slice(2)
    .every((field) => EVERY.test(field));
}
