import { addDays } from "../../../kit/dates.ts";
import type { SnapshotStore } from "../../../market/snapshot-store.ts";
import type { Settings } from "../../../settings.ts";
import type { Available, NewsFacts, Sourced, SourceRequest, Ticker, Unavailable } from "../facts.ts";
import type { NewsCandidate } from "../sentiment/relevance.ts";
import { type NewsWindow, newsWindow, selectArticles } from "./articles.ts";
import { combineUnavailable, missing } from "./failure.ts";

/** Yesterday's headlines still say something, older ones would pass for silence. */
const MAX_STORED_DAYS = 1;
const STORED_SOURCES = ["gnews", "yahoo"];

const newsKey = (ticker: Ticker): string => `news:${ticker.ticker}`;

export type FetchNews = (
  ticker: Ticker,
  window: NewsWindow,
  request: SourceRequest,
) => Promise<Sourced<NewsCandidate[]>>;

/**
 * Asks `sources` in order until one has an article about the ticker; an answer without any stands when no later source
 * has more. When none answered: the stored answer of at most a day ago.
 */
export function createNews(
  store: SnapshotStore,
  settings: Pick<Settings, "newsDaysLookback" | "maxNewsPerTicker">,
  sources: readonly FetchNews[],
) {
  async function loadStored(ticker: Ticker, window: NewsWindow, request: SourceRequest) {
    const oldest = addDays(request.asOf, -MAX_STORED_DAYS);
    const query = { sources: STORED_SOURCES, key: newsKey(ticker), asOf: request.asOf, oldest };
    const [stored] = await store.load(query);
    if (!stored) return undefined;
    const articles = (stored.payload as NewsCandidate[]) ?? [];
    return available("stale", stored, selectArticles(articles, ticker, window));
  }

  return async (ticker: Ticker, request: SourceRequest): Promise<Sourced<NewsFacts>> => {
    const window = newsWindow(request, settings);
    const unavailable: Unavailable[] = [];
    let silent: Available<NewsFacts> | undefined;
    for (const fetchNews of sources) {
      const answer = await fetchNews(ticker, window, request);
      if (!("facts" in answer)) {
        unavailable.push(answer);
        continue;
      }
      const articles = selectArticles(answer.facts, ticker, window);
      const snapshot = { source: answer.source, asOf: request.asOf, fetchedAt: answer.fetchedAt };
      if (articles.length === 0) {
        silent ??= available("fresh", snapshot, []);
        continue;
      }
      await store.save([{ ...snapshot, key: newsKey(ticker), payload: articles }]);
      return available("fresh", snapshot, articles);
    }
    if (silent) return silent;
    const nobody = unavailable.length > 0 ? unavailable : [missing(null, "no news source may be asked")];
    return (await loadStored(ticker, window, request)) ?? combineUnavailable(nobody);
  };
}

function available(
  status: "fresh" | "stale",
  { source, asOf, fetchedAt }: { source: string; asOf: string; fetchedAt: string },
  articles: NewsFacts["articles"],
): Available<NewsFacts> {
  return { status, source, asOf, fetchedAt, facts: { articles }, raw: articles };
}
