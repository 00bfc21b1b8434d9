import { days } from "../../../kit/duration.ts";
import type { Settings } from "../../../settings.ts";
import type { Sourced, SourceRequest, Ticker } from "../facts.ts";
import type { NewsCandidate } from "../sentiment/relevance.ts";
import type { NewsWindow } from "./articles.ts";
import { describeFailure, failed, missing } from "./failure.ts";
import { fetchJson } from "./fetch-json.ts";
import { isObject, objectsOf, readText } from "./reading.ts";

const SOURCE = "gnews";
/** GNews refuses longer queries. */
const MAX_QUERY_CHARACTERS = 200;

/** GNews v4 search. 403 means that the day's quota is used up. Never throws but on abort. */
export function createGnews(settings: Pick<Settings, "gnewsApiKey" | "gnewsBaseUrl" | "maxNewsPerTicker">) {
  function searchUrl(ticker: Ticker, { until, lookbackDays, historic }: NewsWindow): string {
    const url = new URL(`${settings.gnewsBaseUrl}/search`);
    url.searchParams.set("q", gnewsQuery(ticker));
    url.searchParams.set("lang", "es");
    url.searchParams.set("country", "ar");
    url.searchParams.set("max", String(settings.maxNewsPerTicker));
    url.searchParams.set("in", "title,description");
    url.searchParams.set("from", gnewsInstant(new Date(until.getTime() - days(lookbackDays))));
    if (historic) url.searchParams.set("to", gnewsInstant(until));
    url.searchParams.set("sortby", "publishedAt");
    url.searchParams.set("apikey", settings.gnewsApiKey!);
    return url.href;
  }

  return async (ticker: Ticker, window: NewsWindow, request: SourceRequest): Promise<Sourced<NewsCandidate[]>> => {
    if (!settings.gnewsApiKey) return missing(SOURCE, "GNews has no key");
    try {
      const body = await fetchJson(SOURCE, { url: searchUrl(ticker, window), kind: "news" }, request);
      const facts = readGnewsArticles(body);
      const fetchedAt = request.now.toISOString();
      return { status: "fresh", source: SOURCE, fetchedAt, asOf: request.asOf, facts, raw: null };
    } catch (thrown) {
      const { status, reason } = describeFailure(thrown, "GNews", request.signal);
      return failed(SOURCE, status === 403 ? "GNews: the day's quota is used up until 00:00 UTC" : reason);
    }
  };
}

/** ISO 8601 with `Z` and without milliseconds: GNews refuses them. */
const gnewsInstant = (instant: Date): string => instant.toISOString().replace(/\.\d{3}Z$/, "Z");

/**
 * The ticker's own query when it has one (with a context for ambiguous names), else its names in quotes joined with OR;
 * names that would make it too long are left out from the end.
 */
export function gnewsQuery(ticker: Pick<Ticker, "newsQuery" | "aliases" | "companyName">): string {
  if (ticker.newsQuery && ticker.newsQuery.length <= MAX_QUERY_CHARACTERS) return ticker.newsQuery;
  const names = ticker.aliases.length > 0 ? ticker.aliases : [ticker.companyName];
  let query = "";
  for (const name of names) {
    const longer = `${query ? `${query} OR ` : ""}"${name.replaceAll('"', "")}"`;
    if (longer.length > MAX_QUERY_CHARACTERS) break;
    query = longer;
  }
  return query || `"${names[0]!.replaceAll('"', "").slice(0, MAX_QUERY_CHARACTERS - 2)}"`;
}

/** Articles with title, address and time; everything else may be absent. */
export function readGnewsArticles(body: unknown): NewsCandidate[] {
  const rows = isObject(body) ? objectsOf(body.articles) : [];
  return rows.flatMap((row) => {
    const title = readText(row.title);
    const url = readText(row.url);
    const published = Date.parse(readText(row.publishedAt) ?? "");
    if (!title || !url || Number.isNaN(published)) return [];
    return {
      title,
      description: readText(row.description),
      url,
      source: isObject(row.source) ? readText(row.source.name) : null,
      publishedAt: new Date(published).toISOString(),
      lang: readText(row.lang),
    };
  });
}
