import { addDays, daysBetween, utcDate } from "../../../kit/dates.ts";
import type { NewsArticle, SourceRequest, Ticker } from "../facts.ts";

/** An article as a source gave it. */
export interface FoundArticle extends NewsArticle {
  /** Symbols that the source itself files it under. */
  relatedTickers: string[];
}

/** Articles are wanted with `from < publishedAt <= until`. */
export interface NewsWindow {
  from: Date;
  until: Date;
  /** The analysis is of a day past: sources that know only today are not asked. */
  historic: boolean;
  maxArticles: number;
}

export function newsWindow(
  { asOf, now }: Pick<SourceRequest, "asOf" | "now">,
  settings: { newsDaysLookback: number; maxNewsPerTicker: number },
): NewsWindow {
  const endOfDay = new Date(Date.parse(`${addDays(asOf, 1)}T00:00:00Z`) - 1);
  const until = endOfDay < now ? endOfDay : now;
  return {
    until,
    from: new Date(until.getTime() - settings.newsDaysLookback * 86_400_000),
    historic: daysBetween(asOf, utcDate(now)) > 1,
    maxArticles: settings.maxNewsPerTicker,
  };
}

/** Articles about the ticker inside the window, without duplicates, newest first, at most `maxArticles`. */
export function selectArticles(found: readonly FoundArticle[], _ticker: Ticker, window: NewsWindow): NewsArticle[] {
  return found
    .filter(({ publishedAt }) => {
      const time = Date.parse(publishedAt);
      return time > window.from.getTime() && time <= window.until.getTime();
    })
    .sort((a, b) => (a.publishedAt < b.publishedAt ? 1 : -1))
    .slice(0, window.maxArticles)
    .map(({ relatedTickers: _related, ...article }) => article);
}
