import type { recTickers } from "../../db/schema/recommendations.ts";
import type { IsoDate } from "../../kit/dates.ts";
import type { HttpClient } from "../../net/client.ts";

export type Ticker = typeof recTickers.$inferSelect;

/** What a source gave, or why it gave nothing. Nothing is ever filled in. */
export type Sourced<Facts> = Available<Facts> | Unavailable;

export interface Available<Facts> {
  /** `stale`: a stored answer within its age limit. `embedded`: an imported file. */
  status: "fresh" | "stale" | "embedded";
  source: string;
  fetchedAt: string;
  /** Date that the facts speak of. */
  asOf: IsoDate | null;
  facts: Facts;
  /** What the source said, trimmed, without keys. */
  raw: unknown;
}

export interface Unavailable {
  /** `missing`: nothing configured, nothing found. `error`: asked and failed. */
  status: "missing" | "error";
  source: string | null;
  /** One sentence for people. */
  reason: string;
}

/** Ratios of one fiscal period; null where the source has none. Returns and margins are fractions (0.18 = 18 %). */
export interface Ratios {
  roe: number | null;
  roa: number | null;
  debtToEquity: number | null;
  currentRatio: number | null;
  quickRatio: number | null;
  /** Only when earnings and price share a currency. */
  peRatio: number | null;
  pbRatio: number | null;
  grossMargin: number | null;
  operatingMargin: number | null;
  netMargin: number | null;
}

export interface FundamentalFacts {
  ratios: Ratios;
  /** Shareholders' equity is zero or negative: ROE and debt/equity mean nothing good. */
  equityNotPositive: boolean;
  periodEnd: IsoDate | null;
  currency: string | null;
  companyName: string | null;
  sector: string | null;
  marketCap: number | null;
}

/** One observation of a series. */
export interface Point {
  date: IsoDate;
  value: number;
}

/** Series oldest first; empty when the source gave none. */
export interface MacroFacts {
  /** ARS per USD, wholesale reference (BCRA series 5). */
  usd: Point[];
  /** CER index (series 30). */
  cer: Point[];
  /** Monthly inflation in percent (series 27). */
  inflation: Point[];
  /** Country risk in basis points. */
  countryRisk: Point[];
  /** Why a series is empty or old, by name. */
  problems: Partial<Record<"usd" | "cer" | "inflation" | "countryRisk", string>>;
}

export interface NewsArticle {
  title: string;
  description: string | null;
  url: string;
  source: string | null;
  publishedAt: string;
  /** Two letters, when the source says. */
  lang: string | null;
}

export interface NewsFacts {
  /** Relevant articles without duplicates, newest first. An empty list is an answer: nothing was published. */
  articles: NewsArticle[];
}

/** What every source needs to be asked. */
export interface SourceRequest {
  http: HttpClient;
  signal: AbortSignal;
  now: Date;
  /** Facts must have been knowable on this date. */
  asOf: IsoDate;
  /** See `HttpRequest.reserve`. */
  reserve?: number;
}

/** The three sources beside prices, behind one face: real, sample, or stored only. */
export interface Sources {
  fundamentals(
    ticker: Ticker,
    /** `price`: the last close, in `priceCurrency`; without it a source that gives only earnings has no P/E. */
    request: SourceRequest & { priceCurrency: string | null; price?: number | null },
  ): Promise<Sourced<FundamentalFacts>>;
  macro(request: SourceRequest): Promise<Sourced<MacroFacts>>;
  news(ticker: Ticker, request: SourceRequest): Promise<Sourced<NewsFacts>>;
}
