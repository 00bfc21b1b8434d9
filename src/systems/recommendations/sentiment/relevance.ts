import { days } from "../../../kit/duration.ts";
import { foldWords, indexOfRun, splitWords } from "../../../kit/text.ts";
import type { NewsArticle, Ticker } from "../facts.ts";

/** An article as a source gave it, before it is known to concern the company. */
export interface NewsCandidate extends NewsArticle {
  /** Symbols that the source itself names. */
  relatedTickers?: readonly string[];
}

export interface RelevanceOptions {
  ticker: Pick<Ticker, "ticker" | "quoteSymbol" | "aliases">;
  /** Later articles were not known yet. */
  now: Date;
  lookbackDays: number;
}

/** Words between a ticker in capitals and a market word. */
const MARKET_WORD_REACH = 3;

/** Words that show that a name in capitals (LOMA, GLOB, VIST) is meant as a share. Folded. */
const MARKET_WORDS = new Set(
  (
    "accion acciones adr adrs papel papeles cedear cedears bolsa merval nyse nasdaq bursatil cotiza cotizo cotizacion " +
    "sube subio suben cae cayo caen baja bajo trepa salta gana pierde ticker byma mercado wall street inversores balance " +
    "stock stocks share shares shareholders earnings trading traded trader traders market markets price target rating " +
    "buy sell hold rises rose falls fell gains drops jumps slips investors analysts analyst dividend quarter results"
  ).split(" "),
);

/** Articles on the company within the window, without duplicates, newest first, and without the source's own marks. */
export function selectRelevant(candidates: readonly NewsCandidate[], options: RelevanceOptions): NewsArticle[] {
  const { ticker, now, lookbackDays } = options;
  const concerns = createRelevanceTest(ticker);
  const chosen = candidates.filter((article) => isWithinWindow(article, now, lookbackDays) && concerns(article));
  chosen.sort((left, right) => Date.parse(right.publishedAt) - Date.parse(left.publishedAt));
  return dropDuplicates(chosen).map(({ relatedTickers: _relatedTickers, ...article }) => article);
}

/** Whether the article was out at `now` and is not older than the window. */
export function isWithinWindow(article: Pick<NewsArticle, "publishedAt">, now: Date, lookbackDays: number): boolean {
  const ageMs = now.getTime() - Date.parse(article.publishedAt);
  return ageMs >= 0 && ageMs <= days(lookbackDays);
}

/** Age in days, with fractions. */
export function ageInDays(article: Pick<NewsArticle, "publishedAt">, now: Date): number {
  return (now.getTime() - Date.parse(article.publishedAt)) / days(1);
}

/**
 * An article concerns the ticker when the source lists its symbol, when an alias stands in title or description as whole
 * words, or when the ticker stands there in capitals: on its own if it is also an alias, else near a market word.
 */
export function createRelevanceTest(ticker: RelevanceOptions["ticker"]): (article: NewsCandidate) => boolean {
  const symbol = ticker.ticker.toUpperCase();
  const symbolIsName = ticker.aliases.some((alias) => alias.toUpperCase() === symbol);
  const aliases = ticker.aliases.filter((alias) => alias.toUpperCase() !== symbol).map(foldWords);
  const related = new Set([symbol, ticker.quoteSymbol.toUpperCase()]);

  return ({ title, description, relatedTickers = [] }) => {
    if (relatedTickers.some((listed) => related.has(listed.toUpperCase()))) return true;
    return [title, description ?? ""].some((text) => {
      const folded = foldWords(text);
      if (aliases.some((alias) => indexOfRun(folded, alias) >= 0)) return true;
      return namesSymbol(splitWords(text), folded, symbol, symbolIsName);
    });
  };
}

function namesSymbol(words: readonly string[], folded: readonly string[], symbol: string, enough: boolean): boolean {
  // A text all in capitals says nothing about what is a symbol.
  if (words.length > 3 && words.every((word) => word === word.toUpperCase())) return false;
  return words.some((word, at) => word === symbol && (enough || hasMarketWordNear(folded, at)));
}

function hasMarketWordNear(folded: readonly string[], at: number): boolean {
  const near = folded.slice(Math.max(0, at - MARKET_WORD_REACH), at + MARKET_WORD_REACH + 1);
  return near.some((word) => MARKET_WORDS.has(word));
}

/** Keeps the first of articles with the same URL, or the same folded title up to its last ` - source`. */
export function dropDuplicates<Article extends Pick<NewsArticle, "url" | "title">>(
  articles: readonly Article[],
): Article[] {
  const seen = new Set<string>();
  return articles.filter(({ url, title }) => {
    const keys = [`url ${url}`, `title ${titleKey(title)}`];
    const isNew = !keys.some((key) => seen.has(key));
    for (const key of keys) seen.add(key);
    return isNew;
  });
}

function titleKey(title: string): string {
  const cut = title.lastIndexOf(" - ");
  return foldWords(cut > 0 ? title.slice(0, cut) : title).join(" ");
}
