import type { Sourced, SourceRequest, Ticker } from "../facts.ts";
import type { NewsCandidate } from "../sentiment/relevance.ts";
import type { NewsWindow } from "./articles.ts";
import { describeFailure, failed, missing } from "./failure.ts";
import { fetchJson } from "./fetch-json.ts";
import { isObject, objectsOf, readNumber, readText } from "./reading.ts";

const SOURCE = "yahoo";
/** Year 9999: what a Date can show. */
const MAX_UNIX_SECONDS = 253_402_300_799;

/** Headlines from Yahoo's search: no key, titles only, and only of these days. Never throws but on abort. */
export async function fetchYahooNews(
  ticker: Ticker,
  { historic, maxArticles }: NewsWindow,
  request: SourceRequest,
): Promise<Sourced<NewsCandidate[]>> {
  if (historic) return missing(SOURCE, `Yahoo has no news of ${request.asOf}, only of today`);
  const url = new URL("https://query2.finance.yahoo.com/v1/finance/search");
  url.search = new URLSearchParams({
    q: ticker.quoteSymbol,
    newsCount: String(maxArticles),
    quotesCount: "0",
  }).toString();
  try {
    const facts = readYahooArticles(await fetchJson(SOURCE, { url: url.href, kind: "news" }, request));
    const fetchedAt = request.now.toISOString();
    return { status: "fresh", source: SOURCE, fetchedAt, asOf: request.asOf, facts, raw: null };
  } catch (thrown) {
    return failed(SOURCE, describeFailure(thrown, "Yahoo news", request.signal).reason);
  }
}

/** Articles with title, link and time. */
export function readYahooArticles(body: unknown): NewsCandidate[] {
  const rows = isObject(body) ? objectsOf(body.news) : [];
  return rows.flatMap((row) => {
    const title = readText(row.title);
    const url = readText(row.link);
    const published = readNumber(row.providerPublishTime);
    if (!title || !url || published === null || published < 0 || published > MAX_UNIX_SECONDS) return [];
    const related = Array.isArray(row.relatedTickers) ? row.relatedTickers : [];
    return {
      title,
      description: null,
      url,
      source: readText(row.publisher),
      publishedAt: new Date(published * 1_000).toISOString(),
      lang: null,
      relatedTickers: related.flatMap((symbol) => readText(symbol) ?? []),
    };
  });
}
