import { addDays, daysBetween, utcDate } from "../../../kit/dates.ts";
import type { NewsArticle, SourceRequest, Ticker } from "../facts.ts";
import { type NewsCandidate, selectRelevant } from "../sentiment/relevance.ts";

/** Which articles are wanted: those out at `until` and at most `lookbackDays` old then. */
export interface NewsWindow {
  until: Date;
  lookbackDays: number;
  /** The analysis is of a day past: sources that know only today are not asked. */
  historic: boolean;
  maxArticles: number;
}

export function newsWindow(
  { asOf, now }: Pick<SourceRequest, "asOf" | "now">,
  settings: { newsDaysLookback: number; maxNewsPerTicker: number },
): NewsWindow {
  const endOfDay = new Date(Date.parse(`${addDays(asOf, 1)}T00:00:00Z`) - 1);
  return {
    until: endOfDay < now ? endOfDay : now,
    lookbackDays: settings.newsDaysLookback,
    historic: daysBetween(asOf, utcDate(now)) > 1,
    maxArticles: settings.maxNewsPerTicker,
  };
}

/** The newest articles about the ticker inside the window, without duplicates. */
export function selectArticles(found: readonly NewsCandidate[], ticker: Ticker, window: NewsWindow): NewsArticle[] {
  const { until: now, lookbackDays, maxArticles } = window;
  return selectRelevant(found, { ticker, now, lookbackDays }).slice(0, maxArticles);
}
