import type { Settings } from "../../settings.ts";

/** When the day is analysed: the first of the three settings that is set, as five cron fields. */
export function dailyCron(settings: Settings): string {
  return settings.dailyAnalysisCron ?? settings.weekdayAnalysisCron ?? `0 ${settings.dailyAnalysisHour} * * *`;
}
